import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { progressLines } from '../../harness/commands/progress.ts';
import { twinPlan } from '../../harness/cycle/fixtures/twin-soak.ts';
import { RunJournal } from '../../harness/cycle/run-journal.ts';
import { runSoak } from '../../harness/cycle/soak.ts';
import { biosFlasherOf } from '../../harness/host/bios/bios-flasher-of.ts';
import { LabHost } from '../../harness/host/lab-host.ts';
import type { JournalEvent } from '../../harness/journal/events.ts';
import type { CycleJudgement } from '../../harness/judge/verdict.ts';
import { hostKeyFingerprint, type SshTarget } from '../../harness/ssh/target.ts';
import { VirtualClock } from '../../harness/twin/virtual-clock.ts';
import { ProxmoxVm } from '../../harness/vm/proxmox.ts';
import { cpuSeconds, descendants, residentMiB } from './processes.ts';

const address = z.object({ port: z.number(), hostKeySha256: z.string(), clientPrivateKey: z.string() });
/** Rows of the table over time. */
const rows = 10;
/** Cycles in which code is compiled and caches fill; they are in no number. */
const warmUpShare = 0.2;
const vmid = 100;

interface Moment {
  readonly wallMs: number;
  readonly controllerCpuS: number;
  readonly twinCpuS: number;
  readonly observerCpuS: number;
  readonly journalBytes: number;
}

/** Runs the cycles and prints the numbers of the run. */
export async function twinSoak(cycles: number, print: (line: string) => void): Promise<void> {
  const twin = fork(fileURLToPath(new URL('./twin-process.ts', import.meta.url)), { stdio: 'inherit' });
  const directory = mkdtempSync(join(tmpdir(), 'comeback-bench-soak-'));
  try {
    const said: unknown[] = await once(twin, 'message');
    const measured = await run(cycles, targetOf(address.parse(said[0])), twin.pid ?? 0, directory, print);
    tell(measured, print);
  } finally {
    twin.disconnect();
    await once(twin, 'exit');
    rmSync(directory, { recursive: true });
  }
}

function targetOf({ port, hostKeySha256, clientPrivateKey }: z.infer<typeof address>): SshTarget {
  return {
    ...{ address: '127.0.0.1', port, user: 'root', auth: { privateKey: clientPrivateKey }, description: 'twin' },
    verifyHostKey: (key) =>
      hostKeyFingerprint(key) === hostKeySha256 ? { accepted: true } : { accepted: false, expected: hostKeySha256 },
  };
}

interface Measured {
  readonly from: Moment;
  readonly to: Moment;
  readonly cycles: number;
}

async function run(
  cycles: number,
  target: SshTarget,
  twinPid: number,
  directory: string,
  print: (line: string) => void,
): Promise<Measured> {
  const path = join(directory, 'journal.ndjson');
  const warmUp = Math.floor(cycles * warmUpShare);
  const now = (): Moment => ({
    wallMs: performance.now(),
    controllerCpuS: cpuSeconds(process.pid, false),
    twinCpuS: cpuSeconds(twinPid, false),
    observerCpuS: descendants(twinPid).reduce((sum, pid) => sum + cpuSeconds(pid, false), 0),
    journalBytes: statSync(path).size,
  });
  let from: Moment | undefined;
  let to: Moment | undefined;
  const startedMs = performance.now();
  const onCycle = (cycle: number): void => {
    if (cycle === warmUp) from = now();
    if (cycle === cycles) to = now();
    if (cycle % Math.ceil(cycles / rows) !== 0) return;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    print(
      `| ${cycle} | ${seconds} s | ${residentMiB(process.pid).toFixed(0)} MiB | ${residentMiB(twinPid).toFixed(0)} MiB |`,
    );
  };
  print(`| cycle | after | controller's memory | twin's memory |\n|---|---|---|---|`);
  // What a person's terminal would be told is worked out and not printed: it is a part of every run.
  const progress = progressLines(() => undefined);
  const clock = new VirtualClock();
  const onEvent = (event: JournalEvent, judgement: CycleJudgement | undefined): void => {
    progress.event(event, judgement);
    if (event.t === 'cycle-finished') onCycle(event.cycle);
  };
  await using journal = await RunJournal.create(path, clock, { onEvent });
  await runSoak(
    { ...twinPlan, cycles, settle: { afterStartMs: 5000, afterStopMs: 5000 } },
    {
      connect: (wait) => LabHost.connect(target, wait),
      reconnect: (wait) => LabHost.reconnect(target, wait),
      vmOn: ({ session }) => new ProxmoxVm(session, vmid),
      bios: biosFlasherOf(undefined, { host: 'twin' }),
      journal: journal.writer,
      judge: journal.judge,
      claim: { wasOurs: false },
      clock,
      stop: new AbortController().signal,
    },
  );
  if (from === undefined || to === undefined) throw new Error('give it more cycles: it saw no end of its warm-up');
  return { from, to, cycles: cycles - warmUp };
}

function tell({ from, to, cycles }: Measured, print: (line: string) => void): void {
  const per = (of: (moment: Moment) => number): number => (of(to) - of(from)) / cycles;
  const wallMs = per(({ wallMs: ms }) => ms);
  const controllerMs = per(({ controllerCpuS }) => controllerCpuS) * 1000;
  const twinMs = per(({ twinCpuS }) => twinCpuS) * 1000;
  const observerMs = per(({ observerCpuS }) => observerCpuS) * 1000;
  const rate = (ms: number): string => `${(1000 / ms).toFixed(0)}/s`;
  print(`
| of ${cycles} cycles after the warm-up | per cycle | cycles |
|---|---|---|
| wall clock, two cores at most | ${wallMs.toFixed(2)} ms | ${rate(wallMs)} |
| CPU of the controller: the harness itself | ${controllerMs.toFixed(2)} ms | ${rate(controllerMs)} |
| CPU of the twin (sshd, kernel, qm) | ${twinMs.toFixed(2)} ms | ${rate(twinMs)} |
| CPU of the observer and its reader (perl) | ${observerMs.toFixed(2)} ms | ${rate(observerMs)} |
| CPU of all of them: one core | ${(controllerMs + twinMs + observerMs).toFixed(2)} ms | ${rate(controllerMs + twinMs + observerMs)} |
| journal of a clean cycle, five functions | ${per(({ journalBytes }) => journalBytes).toFixed(0)} bytes | |`);
}
