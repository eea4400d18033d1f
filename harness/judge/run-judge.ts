import type { Cell, HostIdentity, JournalEvent, JournalEventOf } from '../journal/events.ts';
import { bootIdOf, type CycleRecord, newCycleRecord, withEvent } from './cycle-record.ts';
import { NotARunError } from './errors.ts';
import { type ForcedStops, withForcedStop } from './forced-stops.ts';
import { type GuestTotals, withGuest } from './guest-totals.ts';
import { CycleJudge } from './cycle-judge.ts';
import { type KernelFinding, kernelFinding, signatureOf, withFinding } from './kernel-findings.ts';
import { FailureLog } from './failure-log.ts';
import { countsOf, type JudgeCounts, tallyOf } from './judge-counts.ts';
import { ResetProvenance } from './reset-provenance.ts';
import type { RunJudgement } from './run-judgement.ts';
import { runOutcome } from './run-outcome.ts';
import { newTally, type Tally, withCycle, withReboot, withRecovery } from './totals.ts';
import type { CycleJudgement } from './verdict.ts';

/** Judges a run while its journal is read or written, one event at a time, in memory that does not grow with good cycles. */
export class RunJudge {
  #start: JournalEventOf<'run-started'> | undefined;
  #identity: HostIdentity | undefined;
  #cell: Cell | undefined;
  #baseline: JournalEventOf<'edge'> | undefined;
  #open: CycleRecord | undefined;
  /** The last cycle, where nobody saw its end: what the host says next may explain it. */
  #unexplained: { readonly record: CycleRecord; readonly tallyBefore: Tally } | undefined;
  /** What the kernel said against functions while no cycle was open, by signature: before the first cycle it is noise. */
  readonly #kernelNoise = new Set<string>();
  #saidBetween: readonly KernelFinding[] = [];
  #lastClosed: CycleJudgement | undefined;
  #anyCycle = false;
  #bootId: string | undefined;
  #guest: GuestTotals | undefined;
  #forcedStops: ForcedStops = {};
  #hostReboots = 0;
  /** Those of them that the trials know of. */
  #rebootsCounted = 0;
  #lastAtMs = 0;
  #end: JournalEventOf<'run-finished'> | undefined;
  #tally: Tally = newTally([]);
  readonly #failures = new FailureLog();
  readonly #cycleJudge = new CycleJudge();
  readonly #resets = new ResetProvenance();
  readonly #gates: JournalEventOf<'gate'>[] = [];

  /** @returns the judgement of a cycle when the event was the last of it. */
  push(event: JournalEvent): CycleJudgement | undefined {
    this.#lastAtMs = event.at;
    const bootIdBefore = this.#bootId;
    this.#noteBoot(event);
    this.#explain(event);
    this.#resets.push(event);
    switch (event.t) {
      case 'guest-proof':
        this.#guest = withGuest(this.#guest, event);
        this.#addToCycle(event);
        return undefined;
      case 'stop-done':
        this.#forcedStops = withForcedStop(this.#forcedStops, event);
        this.#addToCycle(event);
        return undefined;
      case 'run-started':
        // A second one is damage; what was already judged stays.
        if (this.#start !== undefined) return undefined;
        this.#start = event;
        this.#tally = newTally(event.functions);
        return undefined;
      case 'host-identified':
        this.#identity = event.identity;
        this.#addToCycle(event);
        return undefined;
      case 'gate':
        this.#gates.push(event);
        return undefined;
      case 'cell-started':
        this.#cell = event.cell;
        this.#addToCycle(event);
        return undefined;
      case 'cycle-started': {
        const left = this.#closeCycle();
        // What the kernel said after a cycle whose end nobody saw may be about that cycle's VM.
        if (this.#unexplained !== undefined) this.#saidBetween = [];
        this.#unexplained = undefined;
        this.#anyCycle = true;
        // Not before: while the cycle before may be judged once more, the tally before it is needed as it was.
        if (this.#rebootsCounted < this.#hostReboots) this.#tally = withReboot(this.#tally);
        this.#rebootsCounted = this.#hostReboots;
        this.#open = newCycleRecord(event, bootIdBefore, this.#saidBetween);
        this.#saidBetween = [];
        return left;
      }
      case 'cycle-finished':
        this.#addToCycle(event);
        return this.#closeCycle();
      case 'run-finished':
        this.#end = event;
        return this.#closeCycle();
      case 'resumed':
      case 'run-resumed':
        this.#end = undefined;
        this.#addToCycle(event);
        return undefined;
      case 'kernel':
        this.#hear(event);
        return undefined;
      case 'rung-done':
        // Whatever the kernel said while a lost function was brought back is about the cycle that lost it.
        this.#saidBetween = [];
        this.#tally = withRecovery(this.#tally, event);
        this.#failures.broughtBack(event);
        return undefined;
      case 'resets':
        // A cycle in which the lab was lost is over before its resets are written.
        this.#failures.withResets(event.cycle, this.#resets.of(event.cycle));
        return undefined;
      case 'edge':
        if (event.edge === 'baseline') this.#baseline = event;
        this.#addToCycle(event);
        return undefined;
      default:
        this.#addToCycle(event);
        return undefined;
    }
  }

  /**
   * The judgement so far; a cycle under way counts as one that never ended. It changes nothing, so it may be asked at any time.
   *
   * @throws NotARunError
   */
  result(): RunJudgement {
    if (this.#start === undefined) throw new NotARunError();
    const open = this.#judge(this.#open);
    const tally = open === undefined ? this.#tally : withCycle(this.#tally, open);
    return {
      start: this.#start,
      identity: this.#identity,
      cell: this.#cell,
      gates: [...this.#gates],
      outcome: runOutcome(tally.cycles, this.#end, this.#start.plan),
      cycles: tally.cycles,
      functions: tally.functions,
      failures: open === undefined ? this.#failures.kept : [...this.#failures.kept, open],
      failuresOmitted: this.#failures.omitted,
      resets: this.#resets.result,
      guest: this.#guest,
      forcedStops: this.#forcedStops,
      hostReboots: this.#hostReboots,
      bootId: this.#bootId,
      lastAtMs: this.#lastAtMs,
      end: this.#end,
    };
  }

  /** What the cycles that are over add up to: unlike in {@link result}, one that is under way is not there. */
  get tally(): Tally {
    return this.#tally;
  }

  /**
   * The cycle under way, as one that never ended; where there is none, the last that is over, as it is judged by now: what the host says after
   * it can still explain it.
   */
  get lastCycle(): CycleJudgement | undefined {
    const open = this.#judge(this.#open);
    if (open !== undefined) return open;
    // Of one that did not pass, the log has what was said after it as well.
    return this.#lastClosed?.outcome === 'pass' ? this.#lastClosed : this.#failures.last;
  }

  /** What it has counted, for a checkpoint; undefined while something is open that a later event can change. */
  get counts(): JudgeCounts | undefined {
    if (this.#open !== undefined || this.#unexplained !== undefined || this.#saidBetween.length > 0) return undefined;
    return {
      ...countsOf(this.#tally),
      kernelNoise: [...this.#kernelNoise],
      hostReboots: this.#hostReboots,
      rebootsCounted: this.#rebootsCounted,
      ...(this.#bootId === undefined ? {} : { bootId: this.#bootId }),
    };
  }

  /** Goes on with what was counted, once it was told the start of the run. */
  goOn(counts: JudgeCounts): void {
    this.#tally = tallyOf(counts, this.#tally);
    for (const signature of counts.kernelNoise) this.#kernelNoise.add(signature);
    this.#hostReboots = counts.hostReboots;
    this.#rebootsCounted = counts.rebootsCounted;
    this.#bootId = counts.bootId;
    this.#anyCycle = Object.values(counts.cycles).some((cycles) => cycles > 0);
  }

  #noteBoot(event: JournalEvent): void {
    const bootId = bootIdOf(event);
    if (bootId === undefined || bootId === this.#bootId) return;
    if (this.#bootId !== undefined) this.#hostReboots += 1;
    this.#saidBetween = [];
    this.#bootId = bootId;
  }

  #hear(event: JournalEventOf<'kernel'>): void {
    if (this.#open !== undefined) {
      this.#addToCycle(event);
      return;
    }
    const finding = kernelFinding(event);
    if (finding === undefined) return;
    if (this.#anyCycle) this.#saidBetween = withFinding(this.#saidBetween, finding);
    else this.#kernelNoise.add(signatureOf(finding));
  }

  #addToCycle(event: JournalEvent): void {
    if (this.#open !== undefined) this.#open = withEvent(this.#open, event);
  }

  /**
   * A host that hangs or reboots is first of all lost, and the cycle ends with that. That it had to be switched off comes after it, and
   * its boot_id only when it is back; then the lost cycle is judged once more, because it was in it.
   */
  #explain(event: JournalEvent): void {
    if (this.#unexplained === undefined) return;
    const { record, tallyBefore } = this.#unexplained;
    const { reboot, wedged } = withEvent(record, event);
    if (reboot === record.reboot && wedged === record.wedged) return;
    const explained = { ...record, reboot, wedged };
    this.#unexplained = { record: explained, tallyBefore };
    const judgement = this.#judge(explained);
    if (judgement === undefined) return;
    this.#tally = withCycle(tallyBefore, judgement);
    this.#lastClosed = judgement;
    this.#failures.replaceLast(judgement);
  }

  #judge(record: CycleRecord | undefined): CycleJudgement | undefined {
    if (record === undefined || this.#start === undefined) return undefined;
    const { functions, vm } = this.#start;
    const judgement = this.#cycleJudge.judge(
      { functions, driverAfterStop: vm.driverAfterStop, edge: this.#baseline, kernelNoise: this.#kernelNoise },
      record,
    );
    const resets = this.#resets.of(record.cycle);
    return resets === undefined ? judgement : { ...judgement, resets };
  }

  #closeCycle(): CycleJudgement | undefined {
    const record = this.#open;
    const judgement = this.#judge(record);
    this.#open = undefined;
    if (record === undefined || judgement === undefined) return undefined;
    this.#lastClosed = judgement;
    const tallyBefore = this.#tally;
    this.#tally = withCycle(tallyBefore, judgement);
    if (judgement.outcome !== 'pass') this.#failures.add(judgement);
    if (judgement.outcome !== 'pass' && judgement.outcome !== 'fail') this.#unexplained = { record, tallyBefore };
    return judgement;
  }
}
