import { readFile } from 'node:fs/promises';
import type { JournalEvent, ResetRecord } from '../journal/events.ts';
import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import { instanceFiles } from '../virtual-lab/instance/instance-files.ts';
import { QmpClient } from '../virtual-lab/instance/qmp.ts';
import type { LabBench } from './lab-bench.ts';

/** What was reset in one cycle, and by which task, in order. */
export interface CycleResets {
  readonly cycle: number;
  readonly bus: readonly { readonly bridge: PciAddress; readonly task: string }[];
  /** Tasks that wanted a reset of one function. */
  readonly requests: readonly string[];
}

const witness = '/sys/kernel/tracing/instances/witness';
const busReset = 'pci_reset_secondary_bus';
const requests = ['pci_try_reset_function', 'pci_reset_function'];

/**
 * The lab's own record of resets, which owes the observer nothing: QEMU tells each write to a port's Bridge Control, and the function
 * tracer of the lab's kernel tells who calls. The one knows the bridge, the other the task.
 */
export class LabResetRecord {
  readonly #lab: LabBench;

  private constructor(lab: LabBench) {
    this.#lab = lab;
  }

  static async begin(lab: LabBench): Promise<LabResetRecord> {
    const wait = { timeoutMs: 10_000 };
    await using qmp = await QmpClient.connect(instanceFiles(lab.name).qmpSocket, wait);
    await qmp.execute('trace-event-set-state', wait, { name: 'pci_cfg_write', enable: true });
    const filter = [busReset, ...requests].join(' ');
    await lab.onHost([
      ...['sh', '-c'],
      `mkdir ${witness}; cd ${witness}; echo mono > trace_clock; echo ${filter} > set_ftrace_filter; echo function > current_tracer; ` +
        // Names of tasks are kept for so many; those of the first cycle are to be there after the last.
        'echo 16384 > ../../saved_cmdlines_size',
    ]);
    return new LabResetRecord(lab);
  }

  /** What it holds of each complete cycle of a run. */
  async ofCycles(events: readonly JournalEvent[]): Promise<CycleResets[]> {
    const hardware = busResetsOf(await readFile(instanceFiles(this.#lab.name).qemuLog, 'utf8'));
    const calls = callsOf(await this.#lab.onHost(['cat', `${witness}/trace`]));
    return events.flatMap((event) => {
      if (event.t !== 'cycle-finished') return [];
      const own = events.filter((one) => 'cycle' in one && one.cycle === event.cycle);
      const startedAt = own.find(({ t }) => t === 'cycle-started')?.at ?? Infinity;
      const edges = own.flatMap((one) => (one.t === 'edge' ? [one.monoMs] : []));
      const called = calls.filter(({ monoMs }) => monoMs >= Math.min(...edges) && monoMs <= Math.max(...edges));
      const callers = called.filter(({ symbol }) => symbol === busReset);
      return [
        {
          cycle: event.cycle,
          bus: hardware
            .filter(({ at }) => at >= startedAt && at <= event.at)
            .map(({ bridge }, index) => ({ bridge, task: callers[index]?.task ?? 'nobody' })),
          requests: called.filter(({ symbol }) => requests.includes(symbol)).map(({ task }) => task),
        },
      ];
    });
  }
}

/** What a journal tells of the same. */
export function journaledResets(events: readonly JournalEvent[]): CycleResets[] {
  let last: readonly ResetRecord[] = [];
  const taskOf = ({ task }: ResetRecord): string => task ?? 'untold';
  return events.flatMap((event) => {
    if (event.t !== 'resets') return [];
    last = event.resets ?? last;
    if (event.cycle === undefined) return [];
    const bus = last.flatMap((reset) =>
      reset.bridge === undefined ? [] : [{ bridge: reset.bridge, task: taskOf(reset) }],
    );
    return [{ cycle: event.cycle, bus, requests: last.filter(({ method }) => method !== 'bus').map(taskOf) }];
  });
}

/** Bridge Control and its Secondary Bus Reset (PCI-to-PCI Bridge spec 3.2.5.18), as QEMU traces writes to config space. */
const bridgeWrite = /^\d+@(\d+\.\d+):pci_cfg_write pcie-root-port (\S+) @0x3e <- 0x([0-9a-f]+)$/gm;
const secondaryBusReset = 0x40;

function busResetsOf(qemuLog: string): { readonly at: number; readonly bridge: PciAddress }[] {
  const inReset = new Set<PciAddress>();
  return [...qemuLog.matchAll(bridgeWrite)].flatMap(([, seconds, name, value = '']) => {
    const bridge = parsePciAddress(`0000:${name ?? ''}`);
    if (bridge === undefined) return [];
    const wasInReset = inReset.has(bridge);
    if ((Number.parseInt(value, 16) & secondaryBusReset) === 0) inReset.delete(bridge);
    else inReset.add(bridge);
    return !wasInReset && inReset.has(bridge) ? [{ at: Number(seconds) * 1000, bridge }] : [];
  });
}

/** Threads of QEMU: its processors and the one that frees memory. */
const threadsOfKvm = /^(?:CPU \d+\/\w+|call_rcu)$/;

function callsOf(trace: string): { readonly monoMs: number; readonly symbol: string; readonly task: string }[] {
  const calls = trace.matchAll(/^\s*(\S.*)-\d+\s+\[\d+\]\s+\S+\s+(\d+\.\d+): (\w+) <-/gm);
  return [...calls].map(([, thread = '', seconds, symbol = '']) => ({
    monoMs: Number(seconds) * 1000,
    symbol,
    task: threadsOfKvm.test(thread) ? 'kvm' : thread,
  }));
}
