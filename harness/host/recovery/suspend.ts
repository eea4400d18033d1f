import type { SshSession } from '../../ssh/session.ts';
import type { Wait } from '../../wait.ts';
import { readHostFile } from '../boot/host-files.ts';

/** @returns why the host cannot suspend to RAM; undefined where it says that it can. */
export async function whyNoSuspend(session: SshSession, wait: Wait): Promise<string | undefined> {
  const states = (await readHostFile(session, '/sys/power/state', wait))?.trim() ?? '';
  return states.split(' ').includes('mem')
    ? undefined
    : `the host cannot suspend to RAM (/sys/power/state: ${states || 'empty'})`;
}

/**
 * Suspends the host to RAM (S3) and has its clock wake it up (rtcwake(8) of util-linux).
 *
 * @returns why it did not suspend; undefined once it is awake again.
 * @throws what the session throws: a host that does not wake up is lost.
 */
export async function suspendToRam(
  session: SshSession,
  asleepSeconds: number,
  wait: Wait,
): Promise<string | undefined> {
  const { exitCode, stdout, stderr } = await session.exec(['rtcwake', '-m', 'mem', '-s', String(asleepSeconds)], {
    wait: { ...wait, timeoutMs: wait.timeoutMs + asleepSeconds * 1000 },
  });
  return exitCode === 0 ? undefined : `rtcwake: ${(stderr.trim() || stdout.trim()).split('\n').at(-1) ?? ''}`;
}
