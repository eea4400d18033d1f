import type { JournalEvent, JournalEventOf } from '../journal/events.ts';
import type { BootSeen } from '../journal/bisect-events.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { CycleJudgement, FunctionVerdict } from '../judge/verdict.ts';
import type { VisitDecided, VisitOver } from './bisect-log.ts';

/** Codes of a boot that came to nothing: the cell never came up, or another one did. */
const bootFailures: readonly (string | undefined)[] = ['BOOT_FAILED', 'BOOT_NOT_AS_ASKED'];

type Took = VisitOver['took'][number];

/**
 * What the journal of a visit's run tells, one event at a time. Judged by the judge of every run; asked twice of the same journal it says the
 * same, so that a visit is counted once, whenever its controller died.
 */
export class VisitRecord {
  readonly #visit: VisitDecided;
  readonly #judge = new RunJudge();
  readonly #boots = new Map<string, Map<string, { survived: number; lost: boolean }>>();
  readonly #lostBoots = new Set<string>();
  readonly #took: Took[] = [];
  #boot: string | undefined;
  #lastCycle = 0;
  #cycles = 0;
  #cyclesMs = 0;
  #end: JournalEventOf<'run-finished'> | undefined;
  #closedGates: string[] = [];
  #switchBeganMs: number | undefined;
  #isFlash = false;
  #isRunUnderWay = false;

  constructor(visit: VisitDecided) {
    this.#visit = visit;
  }

  push(event: JournalEvent): void {
    const judgement = this.#judge.push(event);
    switch (event.t) {
      case 'run-started':
        this.#isRunUnderWay = true;
        break;
      case 'run-resumed':
        this.#end = undefined;
        this.#closedGates = [];
        // Nobody was there to end what was begun: how long it took says nothing.
        this.#switchBeganMs = undefined;
        break;
      case 'run-finished':
        this.#end = event;
        break;
      case 'gate':
        if (!event.passed) this.#closedGates.push(event.gate);
        break;
      case 'bios-intent':
        this.#switchBeganMs = event.at;
        this.#isFlash = true;
        break;
      case 'boot-intent':
        this.#switchBeganMs ??= event.at;
        break;
      case 'edge':
        this.#boot = event.bootId;
        break;
      case 'cycle-started':
        this.#lastCycle = event.cycle;
        this.#switched(event.at);
        break;
      default:
        break;
    }
    if (judgement !== undefined && judgement.cycle > this.#visit.fromCycle) this.#note(judgement);
  }

  /** Whether a run of that journal can be gone on with; else it died before it said who it is. */
  get isRun(): boolean {
    return this.#isRunUnderWay;
  }

  /** What the visit came to; undefined while there is something left to do. */
  get over(): Omit<VisitOver, 'n' | 'at'> | undefined {
    const end = this.#end;
    if (end === undefined) return undefined;
    const failure = this.#failure(end);
    const { fromCycle, toCycle, visit } = this.#visit;
    const isDone =
      (end.reason === 'cycles-done' && this.#lastCycle >= toCycle) ||
      (end.reason === 'stop-rule' && this.#lastCycle > fromCycle);
    if (!isDone && failure === undefined) return undefined;
    const boot = this.#boot;
    const isLost = boot !== undefined && this.#lostBoots.has(boot);
    return {
      t: 'visit-over',
      visit,
      lastCycle: this.#lastCycle,
      boots: this.#seen(),
      ...(failure !== undefined || boot === undefined ? {} : { leftIn: { boot, isLost } }),
      took: this.#tookInAll(),
      ...(failure === undefined ? {} : { failure }),
    };
  }

  #failure({ code, message = '' }: JournalEventOf<'run-finished'>): VisitOver['failure'] {
    if (bootFailures.includes(code)) return { kind: 'boot', message };
    // A kernel without the override puts functions into groups with the host's own: no VM may be started there, ever.
    const isSplitOnly = this.#closedGates.length > 0 && this.#closedGates.every((gate) => gate === 'split');
    return code === 'GATE_REFUSED' && isSplitOnly ? { kind: 'unusable', message } : undefined;
  }

  #note({ outcome, functions, durationMs }: CycleJudgement): void {
    const boot = this.#boot;
    if (boot === undefined) return;
    if (functions.some(({ verdict }) => verdict === 'lost')) this.#lostBoots.add(boot);
    // What the lab did is no observation.
    if (outcome !== 'pass' && outcome !== 'fail') return;
    this.#cycles += 1;
    this.#cyclesMs += durationMs;
    const roles = this.#boots.get(boot) ?? new Map<string, { survived: number; lost: boolean }>();
    this.#boots.set(boot, roles);
    for (const role of new Set(functions.map((verdict) => verdict.role))) {
      const result = resultOf(functions.filter((verdict) => verdict.role === role));
      const seen = roles.get(role) ?? { survived: 0, lost: false };
      // After its first loss it may only be lost still.
      if (result === undefined || seen.lost) continue;
      roles.set(role, result === 'lost' ? { ...seen, lost: true } : { ...seen, survived: seen.survived + 1 });
    }
  }

  #seen(): BootSeen[] {
    return [...this.#boots].map(([boot, roles]) => ({ boot, roles: Object.fromEntries(roles) }));
  }

  #tookInAll(): Took[] {
    if (this.#cycles === 0) return this.#took;
    return [
      ...this.#took,
      { kind: 'cycle', durationMs: Math.round(this.#cyclesMs / this.#cycles), count: this.#cycles },
    ];
  }

  #switched(atMs: number): void {
    const beganMs = this.#switchBeganMs;
    this.#switchBeganMs = undefined;
    if (beganMs === undefined || this.#lastCycle <= this.#visit.fromCycle) return;
    const booted = this.#visit.switch === 'reboot' ? 'reboot-after-loss' : 'kernel-boot';
    this.#took.push({ kind: this.#isFlash ? 'flash' : booted, durationMs: Math.max(0, atMs - beganMs), count: 1 });
  }
}

/** A role came back where all its functions did and the VM had them; it is lost where one is. */
function resultOf(functions: readonly FunctionVerdict[]): 'survived' | 'lost' | undefined {
  if (functions.some(({ verdict }) => verdict === 'lost')) return 'lost';
  const isSeen = functions.every(({ verdict, exercised }) => exercised && verdict !== 'unobserved');
  return isSeen ? 'survived' : undefined;
}
