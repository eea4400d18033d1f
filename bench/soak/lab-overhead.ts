import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../harness/clock.ts';
import { labTarget } from '../../harness/commands/lab-target.ts';
import { labWorld } from '../../harness/commands/lab-world.ts';
import { soakPlan } from '../../harness/commands/soak-plan.ts';
import { RunJournal } from '../../harness/cycle/run-journal.ts';
import { runSoak } from '../../harness/cycle/soak.ts';
import { loadInventory } from '../../harness/inventory/load.ts';
import type { LabHostConfig } from '../../harness/inventory/config.ts';
import type { JournalEvent } from '../../harness/journal/events.ts';
import { SshSession } from '../../harness/ssh/session.ts';
import type { SshTarget } from '../../harness/ssh/target.ts';

const inventoryFile = fileURLToPath(new URL('../../lab-inventory.yaml', import.meta.url));
const noRests = { afterStartMs: 0, afterStopMs: 0 };
const wait = { timeoutMs: 120_000 };

/** Prints what a cycle of the engine takes beyond `qm start; qm stop` alone, by blocks of both in turn. */
export async function labOverhead(
  labName: string,
  blocks: number,
  blockCycles: number,
  print: (line: string) => void,
): Promise<void> {
  const host = await hostOfLab(labName);
  const target = await labTarget(host);
  let bareMs = 0;
  let engineMs = 0;
  print(`\n| block | bare qm start; qm stop | comeback |\n|---|---|---|`);
  for (let block = 1; block <= blocks; block++) {
    // Now one first, now the other: a machine that gets slower all the time is then nobody's fault.
    const engineFirst = block % 2 === 0;
    const before = engineFirst ? await engineBlock(host, target, blockCycles) : undefined;
    const bare = await bareBlock(target, String(idOf(host)), blockCycles);
    const engine = before ?? (await engineBlock(host, target, blockCycles));
    bareMs += bare;
    engineMs += engine;
    print(`| ${block} | ${bare.toFixed(0)} ms | ${engine.toFixed(0)} ms |`);
  }
  const percent = (engineMs / bareMs - 1) * 100;
  print(`\nA cycle in the virtual lab takes ${percent.toFixed(1)} % longer than qm start and qm stop alone.`);
}

async function hostOfLab(labName: string): Promise<LabHostConfig> {
  const { hosts } = await loadInventory(inventoryFile);
  const host = hosts.find(({ ssh, vm }) => 'virtualLab' in ssh && vm.manager === 'proxmox');
  if (host === undefined) throw new Error(`${inventoryFile} has no virtual lab with Proxmox`);
  return { ...host, ssh: { virtualLab: labName }, settle: noRests, guest: undefined };
}

function idOf({ vm }: LabHostConfig): number {
  if (vm.manager !== 'proxmox') throw new Error('the bare loop knows only qm');
  return vm.id;
}

/** Milliseconds per cycle. */
async function bareBlock(target: SshTarget, vmid: string, cycles: number): Promise<number> {
  await using session = await SshSession.connect(target, wait);
  const startedMs = performance.now();
  for (let cycle = 0; cycle < cycles; cycle++) {
    for (const act of ['start', 'stop']) {
      const { exitCode, stderr } = await session.exec(['qm', act, vmid], { wait });
      if (exitCode !== 0) throw new Error(`qm ${act} ${vmid} ended with ${String(exitCode)}: ${stderr}`);
    }
  }
  return (performance.now() - startedMs) / cycles;
}

/** Milliseconds per cycle, from the first cycle's begin to the last one's end. */
async function engineBlock(host: LabHostConfig, target: SshTarget, cycles: number): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'comeback-bench-soak-'));
  try {
    let startedMs = 0;
    let endedMs = 0;
    const onEvent = (event: JournalEvent): void => {
      if (event.t === 'cycle-started' && event.cycle === 1) startedMs = performance.now();
      if (event.t === 'cycle-finished') endedMs = performance.now();
    };
    await using run = await RunJournal.create(join(directory, 'journal.ndjson'), systemClock, { onEvent });
    const { writer: journal, judge } = run;
    const { signal } = new AbortController();
    await using lab = await labWorld(host, target, {
      ...{ directory, reports: directory, journal, judge, clock: systemClock, stop: signal },
    });
    await runSoak(soakPlan(host, 'bench', { cycles }), lab.world);
    return (endedMs - startedMs) / cycles;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
