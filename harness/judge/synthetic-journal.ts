import {
  type EdgeBody,
  type EdgeName,
  type FunctionRole,
  type JournalEvent,
  type JournalEventBody,
  type JournalEventOf,
  journalVersion,
} from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import { headerBytes } from '../pci/config-header.ts';
import type { FunctionHealth, Holder } from '../pci/health.ts';
import { expressBytes } from '../pci/port-express.ts';

/** One function of a made-up host. */
export interface SyntheticFunction {
  readonly address: PciAddress;
  readonly role: FunctionRole;
  readonly health: FunctionHealth;
}

/** What one made-up cycle does differently from a good one. Everything left out is healthy. */
export interface SyntheticCycle {
  /** Changes of a function's health, by edge. */
  readonly health?: Partial<Record<Exclude<EdgeName, 'baseline'>, readonly HealthChange[]>>;
  /** Processes that have functions open at an edge. */
  readonly holders?: Partial<Record<'before' | 'after', readonly Holder[]>>;
  readonly start?: { readonly ok: boolean; readonly output?: string };
  readonly stop?: { readonly ok: boolean; readonly output?: string };
  /** What the guest showed; left out, it is not asked. */
  readonly guest?: Omit<JournalEventOf<'guest-proof'>, 't' | 'n' | 'at' | 'cycle'>;
  /** Lines of the kernel log while the VM runs; where it did not start, after that. */
  readonly kernel?: readonly string[];
  /** The boot_id that the edges from this one on show. */
  readonly reboot?: { readonly from: Exclude<EdgeName, 'baseline'>; readonly bootId: string };
  /** The host hangs after the start and must be switched off; nobody sees it again before the next cycle. */
  readonly wedge?: { readonly why: string; readonly console?: readonly string[]; readonly bootIdAfter: string };
}

interface HealthChange {
  readonly address: PciAddress;
  readonly change: Partial<FunctionHealth>;
}

/** Bytes of a config header as hex: only what the judge looks at is set. */
export function syntheticConfig(bytes: Readonly<Record<number, number>>): string {
  const header = Buffer.alloc(headerBytes);
  for (const [offset, value] of Object.entries(bytes)) header[Number(offset)] = value;
  return header.toString('hex');
}

/** What a port says of its link and its slot; a slot's power has a switch. Left out: a link that works, x16, with power. */
export function syntheticExpress(
  change: {
    readonly linkDisabled?: boolean;
    readonly linkActive?: boolean;
    readonly linkWidth?: number;
    readonly powerOff?: boolean;
    readonly powerController?: boolean;
    readonly slot?: boolean;
    readonly reportsActive?: boolean;
    /** Device/port type; a root port where left out. */
    readonly type?: number;
  } = {},
): string {
  const bytes = Buffer.alloc(expressBytes);
  bytes.writeUInt8(0x10, 0x00);
  bytes.writeUInt16LE((change.slot === false ? 0x0002 : 0x0102) | ((change.type ?? 0x4) << 4), 0x02);
  bytes.writeUInt32LE(change.reportsActive === false ? 0 : 1 << 20, 0x0c);
  bytes.writeUInt16LE(change.linkDisabled === true ? 1 << 4 : 0, 0x10);
  bytes.writeUInt16LE(((change.linkWidth ?? 16) << 4) | (change.linkActive === false ? 0 : 1 << 13), 0x12);
  bytes.writeUInt32LE(change.powerController === false ? 0 : 1 << 1, 0x14);
  bytes.writeUInt16LE(change.powerOff === true ? 1 << 10 : 0, 0x18);
  return bytes.toString('hex');
}

/** How a function that nobody answers for reads. */
export const deadConfig = 'ff'.repeat(headerBytes);

/**
 * The journal of a run that never was, event by event: what the canary feeds to the judge, and tests to everything that reads journals.
 * The clock ticks one second an event, so the same story gives the same bytes.
 */
export class SyntheticJournal {
  readonly events: JournalEvent[] = [];
  readonly #functions: readonly SyntheticFunction[];
  readonly #startAtMs: number;
  #bootId: string;
  #cycle = 0;

  constructor(functions: readonly SyntheticFunction[], bootId = 'boot-1', startAtMs = Date.UTC(2024, 0, 1)) {
    this.#functions = functions;
    this.#bootId = bootId;
    this.#startAtMs = startAtMs;
  }

  append(...bodies: readonly JournalEventBody[]): this {
    for (const body of bodies) {
      const n = this.events.length + 1;
      this.events.push({ n, at: this.#startAtMs + n * 1000, ...body });
    }
    return this;
  }

  /**
   * Opens the run and reads the baseline, as a run does that passed its gates.
   *
   * @param driverAfterStop null for a manager that gives functions back to their drivers.
   */
  begin(cycles = 3, driverAfterStop: string | null = 'vfio-pci'): this {
    const functions = this.#functions.map(({ address, role }) => ({ address, role, id: '1022:0000' }));
    const vm = { manager: 'proxmox', id: '100', driverAfterStop };
    return this.append(
      {
        t: 'run-started',
        version: journalVersion,
        comeback: '0.0.0',
        run: 'synthetic',
        host: 'nowhere',
        functions,
        vm,
        plan: { cycles },
      },
      { t: 'cell-started', cell: { bios: '1', kernel: '1', commandLine: '' }, bootId: this.#bootId },
      this.edge('baseline'),
    );
  }

  /** One whole cycle, good but for what `odd` says. */
  cycle(odd: SyntheticCycle = {}): this {
    this.#cycle += 1;
    const cycle = this.#cycle;
    const start = odd.start ?? { ok: true };
    this.append({ t: 'cycle-started', cycle });
    this.#look('before', odd);
    this.append(
      { t: 'intent', act: 'vm-start', cycle },
      { t: 'act-done', act: 'vm-start', cycle, exitCode: start.ok ? 0 : 255, durationMs: 900, ...start },
    );
    odd.kernel?.forEach((line) => this.kernel(line));
    if (odd.wedge !== undefined) return this.#wedge(odd.wedge, cycle);
    if (start.ok) {
      const stop = odd.stop ?? { ok: true };
      if (odd.guest !== undefined) this.append({ t: 'guest-proof', cycle, ...odd.guest });
      this.#look('running', odd);
      this.append(
        { t: 'intent', act: 'vm-stop', cycle },
        { t: 'act-done', act: 'vm-stop', cycle, exitCode: stop.ok ? 0 : 255, durationMs: 600, ...stop },
      );
    }
    this.#look('after', odd);
    return this.append({ t: 'cycle-finished', cycle, complete: true });
  }

  finish(reason: 'cycles-done' | 'interrupted' | 'infra' | 'refused' = 'cycles-done'): this {
    return this.append({ t: 'run-finished', reason });
  }

  /** One line of the kernel log, as an error. */
  kernel(text: string): this {
    const n = this.events.length + 1;
    return this.append({ t: 'kernel', seq: n, level: 3, usec: n * 1_000_000, text });
  }

  /** An edge at which every function is as a healthy one is there, but for the changes. */
  edge(edge: EdgeName, changes: readonly HealthChange[] = []): EdgeBody {
    const functions = new Map(
      this.#functions.map(({ address, health }): [PciAddress, FunctionHealth] => {
        const own = changes.filter((change) => change.address === address).map(({ change }) => change);
        return [
          address,
          own.reduce<FunctionHealth>((so, change) => ({ ...so, ...change }), { ...health, ...healthAt(edge) }),
        ];
      }),
    );
    const cycle = edge === 'baseline' ? 0 : this.#cycle;
    return { t: 'edge', edge, cycle, bootId: this.#bootId, monoMs: this.events.length * 1000, functions };
  }

  #wedge({ why, console, bootIdAfter }: NonNullable<SyntheticCycle['wedge']>, cycle: number): this {
    this.#bootId = bootIdAfter;
    return this.append(
      { t: 'lab-lost', code: 'OBSERVER_LOST', message: 'the host fell silent' },
      { t: 'host-wedged', why, ...(console === undefined ? {} : { console: [...console] }) },
      { t: 'cycle-finished', cycle, complete: false },
      { t: 'lab-back', bootId: bootIdAfter },
    );
  }

  #look(edge: Exclude<EdgeName, 'baseline'>, odd: SyntheticCycle): void {
    if (odd.reboot?.from === edge) this.#bootId = odd.reboot.bootId;
    const holders = edge === 'before' || edge === 'after' ? odd.holders?.[edge] : undefined;
    const seen = this.edge(edge, odd.health?.[edge]);
    this.append({ t: 'intervention', act: 'edge-read' }, holders === undefined ? seen : { ...seen, holders });
  }
}

/** What the VM's life does to a healthy function: vfio-pci has it from the first start on, and opens it while the VM runs. */
function healthAt(edge: EdgeName): Partial<FunctionHealth> {
  if (edge === 'baseline' || edge === 'before') return {};
  return edge === 'running' ? { driver: 'vfio-pci', enableCount: 1 } : { driver: 'vfio-pci', enableCount: 0 };
}
