import type { JournalEvent, JournalEventOf, ResetRecord, ResetSource } from '../journal/events.ts';
import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import { type PerformedReset, resetErrorWords } from '../pci/reset-names.ts';
import type { TimedReset } from './verdict.ts';

/** How often one function was reset in one way. */
export interface MethodTotals {
  readonly count: number;
  /** Of these, how many the kernel itself says went wrong, or was not seen to end. */
  readonly failed: number;
  /** How long the last one took; null where it was not seen to end. */
  readonly lastMs: number | null;
  /** For a bus reset: the bridge of the last one. */
  readonly bridge: PciAddress | null;
  /** Who did it. */
  readonly tasks: readonly string[];
}

/** What became of the resets of one function over a whole run. */
export interface FunctionResets {
  readonly methods: Readonly<Partial<Record<PerformedReset, MethodTotals>>>;
  /** Why a reset was not done, and how often. */
  readonly refused: Readonly<Record<string, number>>;
  /** What the kernel offers, `reset_method`; null where it offers nothing. */
  readonly offered: readonly string[] | null;
}

/** What became of resets over a whole run. */
export interface RunResets {
  /** How they were seen last; undefined in a journal that does not say. */
  readonly source: ResetSource | undefined;
  /** Why not in a better way. */
  readonly reason: string | undefined;
  /** Cycles of which the resets are known. */
  readonly cycles: number;
  /** Calls of the kernel that were not told: resets may be missing. */
  readonly lost: number;
  readonly functions: ReadonlyMap<PciAddress, FunctionResets>;
}

const nothing: FunctionResets = { methods: {}, refused: {}, offered: null };

/** Adds up what a journal says of resets, one event at a time. It moves no verdict: how a device was reset is no news of its health. */
export class ResetProvenance {
  #source: JournalEventOf<'reset-source'> | undefined;
  #baseline: JournalEventOf<'edge'> | undefined;
  #last: readonly ResetRecord[] = [];
  #ofCycle: { readonly cycle: number; readonly resets: readonly TimedReset[] } | undefined;
  #cycles = 0;
  #lost = 0;
  readonly #functions = new Map<PciAddress, FunctionResets>();

  push(event: JournalEvent): void {
    switch (event.t) {
      case 'run-started':
        for (const { address } of event.functions) this.#functions.set(address, nothing);
        return;
      case 'reset-source':
        this.#source = event;
        return;
      case 'edge':
        if (event.edge === 'baseline') this.#measure(event);
        return;
      case 'act-done':
        if (event.act === 'vm-start') this.#addRefusals(event.output ?? '');
        return;
      case 'resets':
        this.#add(event);
        return;
      default:
        return;
    }
  }

  /** The resets of a cycle, where it is the last that any are known of. */
  of(cycle: number | undefined): readonly TimedReset[] | undefined {
    return this.#ofCycle?.cycle === cycle ? this.#ofCycle?.resets : undefined;
  }

  get result(): RunResets {
    return {
      source: this.#source?.source,
      reason: this.#source?.reason,
      cycles: this.#cycles,
      lost: this.#lost,
      functions: new Map(this.#functions),
    };
  }

  #measure(edge: JournalEventOf<'edge'>): void {
    this.#baseline = edge;
    for (const [address, { resetMethods }] of edge.functions) this.#change(address, { offered: resetMethods });
  }

  #add({ cycle, resets, ms, lost = 0 }: JournalEventOf<'resets'>): void {
    this.#last = resets ?? this.#last;
    this.#lost += lost;
    const timed = this.#last.map((reset, index) => ({ ...reset, ms: ms[index] ?? null }));
    if (cycle === undefined) return;
    this.#cycles += 1;
    this.#ofCycle = { cycle, resets: timed };
    for (const reset of timed) {
      for (const address of this.#functions.keys()) if (this.#concerns(reset, address)) this.#count(address, reset);
    }
  }

  /** A bus reset is one of every function on the bus, whoever it was for. */
  #concerns({ function: own, bridge }: ResetRecord, address: PciAddress): boolean {
    if (own === address) return true;
    return bridge !== undefined && this.#baseline?.functions.get(address)?.bridge?.address === bridge;
  }

  #count(address: PciAddress, { method, returned, ms, bridge, task }: TimedReset): void {
    const { methods } = this.#functions.get(address) ?? nothing;
    const so: MethodTotals = methods[method] ?? { count: 0, failed: 0, lastMs: null, bridge: null, tasks: [] };
    const isFailed = ms === null || (returned ?? 0) < 0;
    this.#change(address, {
      methods: {
        ...methods,
        [method]: {
          count: so.count + 1,
          failed: so.failed + (isFailed ? 1 : 0),
          lastMs: ms,
          bridge: bridge ?? null,
          tasks: task === undefined || so.tasks.includes(task) ? so.tasks : [...so.tasks, task],
        },
      },
    });
    if (method === 'none' && returned !== null) this.#refuse(address, resetErrorWords(returned));
  }

  #addRefusals(output: string): void {
    for (const [, name = '', why = ''] of output.matchAll(/Cannot reset device (\S+), ([^\n]*?)\.?$/gm)) {
      const address = parsePciAddress(name);
      if (address !== undefined) this.#refuse(address, refusalWords(why));
    }
  }

  #refuse(address: PciAddress, reason: string): void {
    const { refused } = this.#functions.get(address) ?? nothing;
    this.#change(address, { refused: { ...refused, [reason]: (refused[reason] ?? 0) + 1 } });
  }

  #change(address: PciAddress, change: Partial<FunctionResets>): void {
    const known = this.#functions.get(address);
    if (known !== undefined) this.#functions.set(address, { ...known, ...change });
  }
}

/** QEMU's reasons (hw/vfio/pci.c, vfio_pci_hot_reset; by group, or by device with iommufd). */
function refusalWords(why: string): string {
  const [, kind, name] = /^depends on (group|device) (\S+) which is not owned$/.exec(why) ?? [];
  if (name !== undefined) return `bus reset refused, ${kind === 'group' ? 'group' : 'device'} ${name} not owned`;
  return why;
}
