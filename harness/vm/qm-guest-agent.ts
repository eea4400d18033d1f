import { z } from 'zod';
import type { SshSession } from '../ssh/session.ts';
import type { Wait } from '../wait.ts';
import { type GuestAgent, GuestAgentError, type GuestExecResult, type GuestPing } from './guest-agent.ts';

/** What `qm` needs around the guest's own time: Perl's start, and a poll a second (PVE/CLI/qm.pm, `exec`). */
const qmGraceMs = 10_000;

/** JSON of `qm guest exec`; booleans come as 0 and 1, and what a program did not say is left out (PVE/QemuServer/Agent.pm). */
const execAnswer = z.union([
  z.object({
    exited: z.literal(1),
    exitcode: z.number().int().optional(),
    signal: z.number().int().optional(),
    'out-data': z.string().default(''),
    'err-data': z.string().default(''),
  }),
  // The program still runs: `timeout reached, returning pid`.
  z.object({ pid: z.number().int() }),
]);

/** The guest agent of a Proxmox VM. `qm` itself ends with 0 whatever the program in the guest ended with. */
export class QmGuestAgent implements GuestAgent {
  readonly #session: SshSession;
  readonly #vmid: string;

  constructor(session: SshSession, vmid: string) {
    this.#session = session;
    this.#vmid = vmid;
  }

  async ping(wait: Wait): Promise<GuestPing> {
    const { exitCode, stderr } = await this.#session.exec(['qm', 'guest', 'cmd', this.#vmid, 'ping'], { wait });
    if (exitCode === 0) return { answers: true };
    const inVain = /No QEMU guest agent configured|VM \d+ is not running|does not exist/.test(stderr);
    return { answers: false, inVain, said: stderr.trim() };
  }

  async exec(argv: readonly string[], wait: Wait): Promise<GuestExecResult> {
    const seconds = Math.max(1, Math.ceil(wait.timeoutMs / 1000));
    const { exitCode, stdout, stderr } = await this.#session.exec(
      ['qm', 'guest', 'exec', this.#vmid, '--timeout', String(seconds), '--', ...argv],
      { wait: { ...wait, timeoutMs: wait.timeoutMs + qmGraceMs } },
    );
    const what = `run ${argv[0] ?? 'anything'}`;
    if (exitCode !== 0) throw new GuestAgentError(what, stderr);
    const answer = execAnswerIn(stdout);
    if (answer === undefined) throw new GuestAgentError(what, `qm answered "${stdout.slice(0, 200)}"`);
    if ('pid' in answer) throw new GuestAgentError(what, `it still ran after ${seconds} s (pid ${answer.pid} there)`);
    return { exitCode: answer.exitcode ?? null, stdout: answer['out-data'], stderr: answer['err-data'] };
  }
}

function execAnswerIn(stdout: string): z.output<typeof execAnswer> | undefined {
  try {
    return execAnswer.parse(JSON.parse(stdout));
  } catch {
    return undefined;
  }
}
