import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Clock } from '../../clock.ts';
import { deadlineSignal, type Wait } from '../../wait.ts';
import { QemuEndedError, QmpError } from '../errors.ts';
import { labPath } from '../packages.ts';
import type { InstanceFiles } from './instance-files.ts';
import { identifyProcess, isAlive, type ProcessIdentity, writeIdentityScript } from './process-identity.ts';
import { QmpClient } from './qmp.ts';

/** A port of the loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port');
  return address.port;
}

/**
 * Its arguments: the lock, the file for the identity, and QEMU's. The lock passes on to QEMU and is free when that is gone.
 */
const launchScript =
  'exec 9>>"$1"; flock --nonblock 9 || { echo "another QEMU of this lab runs"; exit 75; }; shift; ' +
  `${writeIdentityScript} || exit 75; shift; exec qemu-system-x86_64 "$@"`;

/** A QEMU that was just started. It does not end with this process. */
export interface StartedQemu {
  readonly identity: ProcessIdentity;
  /** Rejects when QEMU ends, with what it said; never resolves. */
  readonly ended: Promise<never>;
}

/** Starts QEMU in a session of its own, with everything it says in the instance's log. Who kills us at any moment leaves no QEMU that the next command does not find. */
export async function startQemu(files: InstanceFiles, argv: readonly string[]): Promise<StartedQemu> {
  await using log = await open(files.qemuLog, 'w', 0o600);
  const child = spawn('sh', ['-c', launchScript, 'sh', files.qemuLock, files.qemuProcess, ...argv], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    cwd: '/',
    env: { ...process.env, PATH: labPath(process.env['PATH']) },
  });
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', (error) => reject(new QemuEndedError('before it began', error.message)));
    child.once('exit', (code, signal) => {
      // Whoever ended it may have taken the log away as well.
      const said = readFile(files.qemuLog, 'utf8').catch(() => '');
      void said.then((text) => {
        reject(new QemuEndedError(code === null ? `by ${String(signal)}` : `with exit code ${code}`, text.trim()));
      });
    });
  });
  // Whoever waits for the start sees the rejection; afterwards nobody has to.
  ended.catch(() => undefined);
  child.unref();
  const identity = child.pid === undefined ? undefined : await identifyProcess(child.pid);
  return identity === undefined ? await ended : { identity, ended };
}

/** Resolves once QEMU's control socket answers. @throws QemuEndedError, or as the wait ends */
export async function untilQmpAnswers(
  files: InstanceFiles,
  qemu: StartedQemu,
  wait: Wait,
  clock: Clock,
): Promise<void> {
  using deadline = deadlineSignal(wait, 'an answer of QEMU');
  const answers = async (): Promise<void> => {
    while (!(await qmpAnswers(files, deadline.signal))) await clock.sleep(pollMs, deadline.signal);
  };
  await Promise.race([answers(), qemu.ended]);
}

/** A function of its own: esbuild, which tsx runs, gives a `using` in a loop the error of an earlier turn. */
async function qmpAnswers(files: InstanceFiles, signal: AbortSignal): Promise<boolean> {
  try {
    await using _client = await QmpClient.connect(files.qmpSocket, { timeoutMs: answerTimeoutMs, signal });
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof QmpError) return false;
    throw error;
  }
}

/** Deadlines of a stop in order, each followed by the next stronger means. */
const powerdownTimeoutMs = 20_000;
const quitTimeoutMs = 5_000;
const answerTimeoutMs = 3_000;

/** How a lab came to its end. */
export type StopWay = 'powered-off' | 'quit' | 'killed';

/**
 * Ends QEMU: by the board's power button where `inOrder`, then by QEMU's own `quit`, then by SIGKILL.
 * Only the very process that was started is ever killed.
 */
export async function stopQemu(
  process: ProcessIdentity,
  files: InstanceFiles,
  inOrder: boolean,
  clock: Clock,
): Promise<StopWay> {
  try {
    await using qmp = await QmpClient.connect(files.qmpSocket, { timeoutMs: answerTimeoutMs });
    if (inOrder && (await ends(qmp, 'system_powerdown', powerdownTimeoutMs))) {
      await goneOrKilled(process, clock);
      return 'powered-off';
    }
    if (await ends(qmp, 'quit', quitTimeoutMs)) {
      await goneOrKilled(process, clock);
      return 'quit';
    }
  } catch (error) {
    if (!(error instanceof QmpError)) throw error;
  }
  await goneOrKilled(process, clock, 0);
  return 'killed';
}

async function ends(qmp: QmpClient, command: string, timeoutMs: number): Promise<boolean> {
  await qmp.execute(command, { timeoutMs: answerTimeoutMs }).catch(() => undefined);
  return await qmp.closed({ timeoutMs }).then(
    () => true,
    () => false,
  );
}

const pollMs = 50;
const exitTimeoutMs = 3_000;

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended between the look and the signal, which is what was wanted.
  }
}

/** QEMU closes its socket shortly before it ends; a process that stays after that is killed. */
async function goneOrKilled(target: ProcessIdentity, clock: Clock, patienceMs = exitTimeoutMs): Promise<void> {
  const killAtMs = clock.nowMs() + patienceMs;
  while (await isAlive(target)) {
    if (clock.nowMs() >= killAtMs) killNow(target.pid);
    await clock.sleep(pollMs);
  }
}
