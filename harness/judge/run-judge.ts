import type { Cell, HostIdentity, JournalEvent, JournalEventOf } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import { type CellBaseline, type CycleRecord, newCycleRecord, withEvent } from './cycle-record.ts';
import { judgeCycle } from './judge-cycle.ts';
import { type FunctionTotals, newTotals, withVerdict } from './totals.ts';
import type { CycleJudgement, CycleOutcome } from './verdict.ts';

/** `refused`: a gate closed before the VM was ever started. */
export type RunOutcome = CycleOutcome | 'refused';

/** A run, judged from its journal alone. */
export interface RunJudgement {
  readonly start: JournalEventOf<'run-started'>;
  readonly identity: HostIdentity | undefined;
  readonly cell: Cell | undefined;
  readonly gates: readonly JournalEventOf<'gate'>[];
  readonly outcome: RunOutcome;
  readonly cycles: Readonly<Record<CycleOutcome, number>>;
  readonly functions: ReadonlyMap<PciAddress, FunctionTotals>;
  /** Every cycle that did not pass, in order. */
  readonly failures: readonly CycleJudgement[];
  readonly hostReboots: number;
  /** The last boot_id seen. */
  readonly bootId: string | undefined;
  readonly lastAtMs: number;
  readonly end: JournalEventOf<'run-finished'> | undefined;
}

/** Judges a run while its journal is read or written, one event at a time, in memory that does not grow with good cycles. */
export class RunJudge {
  #start: JournalEventOf<'run-started'> | undefined;
  #identity: HostIdentity | undefined;
  #cell: Cell | undefined;
  #baseline: CellBaseline | undefined;
  #open: CycleRecord | undefined;
  #bootId: string | undefined;
  #hostReboots = 0;
  #lastAtMs = 0;
  #end: JournalEventOf<'run-finished'> | undefined;
  readonly #gates: JournalEventOf<'gate'>[] = [];
  readonly #cycles: Record<CycleOutcome, number> = { pass: 0, fail: 0, infra: 0, aborted: 0 };
  readonly #functions = new Map<PciAddress, FunctionTotals>();
  readonly #failures: CycleJudgement[] = [];

  /** @returns the judgement of a cycle when the event was the last of it. */
  push(event: JournalEvent): CycleJudgement | undefined {
    this.#lastAtMs = event.at;
    this.#noteBoot(event);
    switch (event.t) {
      case 'run-started':
        this.#start = event;
        for (const { address, role } of event.functions) this.#functions.set(address, newTotals(role));
        return undefined;
      case 'host-identified':
        this.#identity = event.identity;
        return undefined;
      case 'gate':
        this.#gates.push(event);
        return undefined;
      case 'cell-started':
        this.#cell = event.cell;
        return undefined;
      case 'cycle-started': {
        const left = this.#closeCycle();
        this.#open = newCycleRecord(event);
        return left;
      }
      case 'cycle-finished':
        this.#addToCycle(event);
        return this.#closeCycle();
      case 'run-finished':
        this.#end = event;
        return this.#closeCycle();
      case 'edge':
        if (event.edge === 'baseline') this.#setBaseline(event);
        else this.#addToCycle(event);
        return undefined;
      default:
        this.#addToCycle(event);
        return undefined;
    }
  }

  /** @throws Error where the journal has no beginning: such a file is no run. */
  result(): RunJudgement {
    if (this.#start === undefined) throw new Error('the journal does not begin with run-started');
    this.#closeCycle();
    return {
      start: this.#start,
      identity: this.#identity,
      cell: this.#cell,
      gates: this.#gates,
      outcome: this.#outcome(),
      cycles: { ...this.#cycles },
      functions: new Map(this.#functions),
      failures: [...this.#failures],
      hostReboots: this.#hostReboots,
      bootId: this.#bootId,
      lastAtMs: this.#lastAtMs,
      end: this.#end,
    };
  }

  #noteBoot(event: JournalEvent): void {
    const bootId = event.t === 'host-identified' ? event.identity.bootId : 'bootId' in event ? event.bootId : undefined;
    if (bootId === undefined || bootId === this.#bootId) return;
    if (this.#bootId !== undefined) this.#hostReboots += 1;
    this.#bootId = bootId;
  }

  #setBaseline(edge: JournalEventOf<'edge'>): void {
    if (this.#start === undefined) return;
    this.#baseline = {
      functions: this.#start.functions,
      driverAfterStop: this.#start.vm.driverAfterStop,
      edge,
    };
  }

  #addToCycle(event: JournalEvent): void {
    if (this.#open !== undefined) this.#open = withEvent(this.#open, event);
  }

  #closeCycle(): CycleJudgement | undefined {
    const record = this.#open;
    if (record === undefined || this.#baseline === undefined) return undefined;
    this.#open = undefined;
    const judgement = judgeCycle(this.#baseline, record);
    this.#cycles[judgement.outcome] += 1;
    for (const verdict of judgement.functions) {
      const totals = this.#functions.get(verdict.address);
      if (totals !== undefined) this.#functions.set(verdict.address, withVerdict(totals, judgement.cycle, verdict));
    }
    if (judgement.outcome !== 'pass') this.#failures.push(judgement);
    return judgement;
  }

  #outcome(): RunOutcome {
    if (this.#cycles.fail > 0) return 'fail';
    if (this.#end?.reason === 'refused') return 'refused';
    if (this.#end?.reason === 'infra' || this.#cycles.infra > 0) return 'infra';
    if (this.#end?.reason !== 'cycles-done' || this.#cycles.aborted > 0) return 'aborted';
    return 'pass';
  }
}
