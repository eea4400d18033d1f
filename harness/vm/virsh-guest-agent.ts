import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import type { SshSession } from '../ssh/session.ts';
import type { Wait } from '../wait.ts';
import { type GuestAgent, GuestAgentError, type GuestExecResult, type GuestPing } from './guest-agent.ts';

/** How long virsh waits for one answer of the agent. */
const answerSeconds = 5;
/** Between two looks at a program that runs in the guest, as `qm` has it. */
const pollMs = 1000;

const started = z.object({ return: z.object({ pid: z.number().int() }) });
/** `guest-exec-status` (QEMU Guest Agent Protocol Reference); output is in Base64. */
const execStatus = z.object({
  return: z.object({
    exited: z.boolean(),
    exitcode: z.number().int().optional(),
    signal: z.number().int().optional(),
    'out-data': z.string().default(''),
    'err-data': z.string().default(''),
  }),
});

/** The guest agent of a libvirt domain: the agent's own protocol, which `virsh qemu-agent-command` carries. */
export class VirshGuestAgent implements GuestAgent {
  readonly #session: SshSession;
  readonly #virsh: readonly string[];
  readonly #domain: string;

  /** @param virsh the words before the command. */
  constructor(session: SshSession, virsh: readonly string[], domain: string) {
    this.#session = session;
    this.#virsh = virsh;
    this.#domain = domain;
  }

  async ping(wait: Wait): Promise<GuestPing> {
    const { exitCode, stderr } = await this.#command({ execute: 'guest-ping' }, wait);
    if (exitCode === 0) return { answers: true };
    const inVain = /agent is not configured|domain is not running|failed to get domain/.test(stderr);
    return { answers: false, inVain, said: stderr.trim() };
  }

  async exec(argv: readonly string[], wait: Wait): Promise<GuestExecResult> {
    const [path = '', ...arg] = argv;
    const what = `run ${path}`;
    const asked = { execute: 'guest-exec', arguments: { path, arg, 'capture-output': true } };
    const { pid } = (await this.#answer(what, started, asked, wait)).return;
    const deadlineMs = performance.now() + wait.timeoutMs;
    for (;;) {
      const status = { execute: 'guest-exec-status', arguments: { pid } };
      const { exited, exitcode, ...data } = (await this.#answer(what, execStatus, status, wait)).return;
      if (exited) {
        const [stdout, stderr] = [decoded(data['out-data']), decoded(data['err-data'])];
        return { exitCode: exitcode ?? null, stdout, stderr };
      }
      if (performance.now() > deadlineMs) {
        throw new GuestAgentError(what, `it still ran after ${Math.ceil(wait.timeoutMs / 1000)} s (pid ${pid} there)`);
      }
      await setTimeout(pollMs, undefined, wait.signal === undefined ? {} : { signal: wait.signal });
    }
  }

  async #answer<Answer>(what: string, shape: z.ZodType<Answer>, asked: object, wait: Wait): Promise<Answer> {
    const { exitCode, stdout, stderr } = await this.#command(asked, wait);
    if (exitCode !== 0) throw new GuestAgentError(what, stderr);
    const answer = shape.safeParse(jsonIn(stdout));
    if (!answer.success) throw new GuestAgentError(what, `virsh answered "${stdout.slice(0, 200)}"`);
    return answer.data;
  }

  #command(asked: object, wait: Wait): ReturnType<SshSession['exec']> {
    const options = ['--timeout', String(answerSeconds)];
    const argv = [...this.#virsh, 'qemu-agent-command', this.#domain, ...options, JSON.stringify(asked)];
    return this.#session.exec(argv, { wait });
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
