/**
 * What does a very long run cost those who read its journal? Writes the journal of a run of so many cycles, through the real writer with its
 * segments and checkpoints, from cycles that the engine really ran on the twin; then has the real command line judge it and go on with it.
 *
 *     npm run -s bench:journal [-- --cycles 1000000]
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { soakTwin, twinPlan } from '../harness/cycle/fixtures/twin-soak.ts';
import { RunJournal } from '../harness/cycle/run-journal.ts';
import type { JournalEvent } from '../harness/journal/events.ts';
import { TwinBench } from '../harness/test/twin-bench.ts';
import { VirtualClock } from '../harness/twin/virtual-clock.ts';
import { startTwin } from '../harness/twin/twin.ts';

const { values } = parseArgs({ options: { cycles: { type: 'string', default: '20000' } } });
const cycles = Number(values.cycles);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

const run = '2026-01-01T00-00-00Z-twin';
/** What one cycle of a real board takes. */
const cycleMs = 20_000;
/** A cycle of the middle: the first one tells what later ones leave out. */
const modelCycle = 3;

await using twin = await startTwin();
await using bench = await TwinBench.create(twin);
const { events } = await soakTwin(twin, { plan: { ...twinPlan, run, cycles: modelCycle } });
const directory = join(bench.reports, run);
mkdirSync(directory, { recursive: true });
await write(join(directory, 'journal.ndjson'), events);
const files = readdirSync(directory);
const kept = files.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
print(
  `journal: ${files.length} files, ${(kept / 2 ** 20).toFixed(1)} MiB, ${(kept / cycles).toFixed(0)} bytes a cycle once compressed`,
);
await measured('report', ['report', run, ...bench.reportsArgs], /^PASS|^ABORTED|^INFRA|^FAIL/m);
await measured('soak --resume, until the next cycle begins', [...bench.soakArgs, '--resume', run], /starting the VM/);

async function write(path: string, of: readonly JournalEvent[]): Promise<void> {
  const first = of.findIndex((event) => event.t === 'cycle-started');
  const model = of.slice(
    of.findIndex((event) => event.t === 'cycle-started' && event.cycle === modelCycle),
    of.findIndex((event) => event.t === 'cycle-finished' && event.cycle === modelCycle) + 1,
  );
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  await using journal = await RunJournal.create(path, clock);
  for (const event of of.slice(0, first)) {
    const planned = event.t === 'run-started' ? { ...event, plan: { ...event.plan, cycles: cycles + 1 } } : event;
    await journal.writer.append(planned);
  }
  const before = process.memoryUsage().rss;
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    for (const event of model) {
      await clock.sleep(Math.round(cycleMs / model.length));
      await journal.writer.append('cycle' in event ? { ...event, cycle } : event);
    }
    if (cycle % Math.ceil(cycles / 5) === 0) {
      print(
        `cycle ${cycle}: writer's memory ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB, ${(before / 2 ** 20).toFixed(0)} at its begin`,
      );
    }
  }
}

/** Runs a command until it says something, and tells how long that took and how much memory it had at the most. */
async function measured(what: string, args: readonly string[], until: RegExp): Promise<void> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL('../harness/bin.mjs', import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let mostMiB = 0;
  let saidMs: number | undefined;
  const listen = (text: Buffer): void => {
    said += text.toString();
    if (until.test(said)) saidMs ??= performance.now();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const look = setInterval(() => (mostMiB = Math.max(mostMiB, peakMiB(child.pid ?? 0))), 50);
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(look);
  if (saidMs === undefined) throw new Error(`${what} never came so far (exit ${String(exitCode)}): ${said}`);
  print(`${what}: ${((saidMs - startedMs) / 1000).toFixed(1)} s, ${mostMiB.toFixed(0)} MiB at most`);
}

function peakMiB(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    // It is over.
    return 0;
  }
}
