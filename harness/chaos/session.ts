import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { twinPlan } from '../cycle/fixtures/twin-soak.ts';
import { RunJournal } from '../cycle/run-journal.ts';
import { runSoak } from '../cycle/soak.ts';
import { ComebackError } from '../errors.ts';
import { biosFlasherOf } from '../host/bios/bios-flasher-of.ts';
import { LabHost } from '../host/lab-host.ts';
import { segmentsOf } from '../journal/segments.ts';
import { hostKeyFingerprint, type SshTarget } from '../ssh/target.ts';
import { ProxmoxVm } from '../vm/proxmox.ts';
import { accountOf } from './account.ts';
import type { Job } from './job.ts';

/** What became of a session that came to its end. */
export interface SessionEnd {
  /** The code of the error that it ended with; null where the run is over. */
  readonly ended: string | null;
  /** What its own judge had counted by then. */
  readonly account: string;
}

const vmid = 100;
/** The rests of a run are not what is tried here. */
const longestRestMs = 50;
const hurried: Clock = {
  nowMs: () => systemClock.nowMs(),
  sleep: (durationMs, signal) => systemClock.sleep(Math.min(durationMs, longestRestMs), signal),
};

/** Begins the run, or goes on with it. */
export async function session(job: Omit<Job, 'death'>): Promise<SessionEnd> {
  const path = join(job.directory, 'journal.ndjson');
  const options = { segmentBytes: job.segmentBytes };
  const isBegun = (await segmentsOf(path)).length > 0;
  await using journal = await (isBegun
    ? RunJournal.resume(path, systemClock, options)
    : RunJournal.create(path, systemClock, options));
  const target = targetOf(job);
  try {
    await runSoak(
      {
        ...twinPlan,
        cycles: job.cycles,
        owner: `run test of chaos, process ${process.pid}`,
        settle: { afterStartMs: 0, afterStopMs: 0 },
        recovery: { rungs: job.rungs, waitMs: 10 },
      },
      {
        connect: (wait) => LabHost.connect(target, wait),
        reconnect: (wait) => LabHost.reconnect(target, wait),
        vmOn: ({ session: ssh }) => new ProxmoxVm(ssh, vmid),
        bios: biosFlasherOf(undefined, { host: 'twin' }),
        journal: journal.writer,
        judge: journal.judge,
        past: journal.past?.point.start === undefined ? undefined : journal.past,
        claim: { wasOurs: false },
        clock: hurried,
        stop: new AbortController().signal,
      },
    );
    return { ended: null, account: accountOf(journal.judge.result()) };
  } catch (error) {
    // A run that ended early may not even have begun: nothing was counted.
    if (error instanceof ComebackError) return { ended: error.code, account: '' };
    throw error;
  }
}

function targetOf({ port, hostKeySha256, clientPrivateKey }: Omit<Job, 'death'>): SshTarget {
  return {
    ...{ address: '127.0.0.1', port, user: 'root', auth: { privateKey: clientPrivateKey }, description: 'twin' },
    verifyHostKey: (key) =>
      hostKeyFingerprint(key) === hostKeySha256 ? { accepted: true } : { accepted: false, expected: hostKeySha256 },
  };
}
