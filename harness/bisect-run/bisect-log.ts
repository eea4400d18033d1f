import { Bisector } from '../bisect/bisector.ts';
import type { Costs } from '../bisect/costs.ts';
import type { Position } from '../bisect/position.ts';
import { type BisectSpace, type Cell, cellWords } from '../bisect/space.ts';
import type { JournalEvent, JournalEventOf } from '../journal/events.ts';

export type BisectStart = JournalEventOf<'bisect-started'>;
export type VisitDecided = JournalEventOf<'visit-decided'>;
export type VisitOver = JournalEventOf<'visit-over'>;

/** A decision, and what came of it. */
export interface LoggedVisit {
  readonly decided: VisitDecided;
  readonly over: VisitOver | undefined;
}

/** Why a cell is left out. */
export interface Untestable {
  readonly words: string;
  readonly why: string;
}

/** A boot may fail for once; a cell that fails twice is left out. */
const mostBootFailures = 2;
/** A cell whose visits show nothing of the asked roles, so often in a row, is left out. */
const mostBlindVisits = 3;

/**
 * A bisect as its journal tells it, and nothing else: pushed the same events, it decides the same. Who drives it writes an event first and
 * pushes it then.
 */
export class BisectLog {
  readonly start: BisectStart;
  readonly space: BisectSpace;
  readonly bisector: Bisector;
  readonly #visits: LoggedVisit[] = [];
  readonly #untestable: Untestable[] = [];
  readonly #failures = new Map<string, number>();
  readonly #blind = new Map<string, number>();
  readonly #built = new Map<number, { readonly release: string; readonly package: string }>();
  readonly #bootedKernels = new Set<number>();
  #position: Position | undefined;
  #end: JournalEventOf<'bisect-finished'> | undefined;

  /** @throws BisectSpaceError, BisectDomainError where the start makes no sense. */
  constructor(start: BisectStart) {
    const { isFix, confidence, rateFloor } = start;
    this.start = start;
    this.space = spaceOf(start);
    this.bisector = new Bisector(this.space, start.roles, { isFix, confidence, rateFloor }, costsOf(start));
  }

  push(event: JournalEvent): void {
    switch (event.t) {
      case 'kernel-built':
        this.#built.set(event.kernel, event);
        return;
      case 'kernel-skipped':
        for (const cell of this.#cellsOf(event.kernel)) this.#leaveOut(cell, event.why);
        return;
      case 'visit-decided':
        this.#visits.push({ decided: event, over: undefined });
        return;
      case 'visit-over':
        this.#visitOver(event);
        return;
      case 'bisect-resumed':
        this.#end = undefined;
        return;
      case 'bisect-finished':
        this.#end = event;
        return;
      default:
        return;
    }
  }

  get visits(): readonly LoggedVisit[] {
    return this.#visits;
  }

  get untestable(): readonly Untestable[] {
    return this.#untestable;
  }

  /** Where the host was left; undefined where no cell is known to run. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** The visit that was decided and is not over. */
  get openVisit(): VisitDecided | undefined {
    const last = this.#visits.at(-1);
    return last?.over === undefined ? last?.decided : undefined;
  }

  /** How the last session ended; undefined where its controller died, or one is under way. */
  get end(): JournalEventOf<'bisect-finished'> | undefined {
    return this.#end;
  }

  /** Boots of the host that visits saw or tried. */
  get boots(): number {
    return this.#visits.reduce(
      (sum, { over }) => sum + (over?.boots.length ?? 0) + (over?.failure === undefined ? 0 : 1),
      0,
    );
  }

  /** The kernel and its package, where it has one; without the package once it was booted, for it is installed then. */
  kernelOf(kernel: number): { readonly release: string | undefined; readonly package: string | undefined } {
    const candidate = this.start.kernels[kernel];
    const built = this.#built.get(kernel);
    const path = built?.package ?? candidate?.package;
    return {
      release: built?.release ?? candidate?.release,
      package: this.#bootedKernels.has(kernel) ? undefined : path,
    };
  }

  /** The commit to build before this kernel can be booted; undefined where there is none. */
  commitToBuild(kernel: number): string | undefined {
    return this.#built.has(kernel) ? undefined : this.start.kernels[kernel]?.commit;
  }

  words(cell: Cell): string {
    return cellWords(this.space, cell);
  }

  #visitOver(over: VisitOver): void {
    const index = this.#visits.findIndex(({ decided }) => decided.visit === over.visit);
    const visit = this.#visits[index];
    // Told twice is damage; what was told first counts.
    if (visit === undefined || visit.over !== undefined) return;
    const { cell } = visit.decided;
    this.#visits[index] = { decided: visit.decided, over };
    for (const { boot, roles } of over.boots) this.bisector.observe({ cell, boot, roles: known(roles) });
    for (const { kind, durationMs } of over.took) this.bisector.took(kind, durationMs);
    this.#position =
      over.leftIn === undefined ? undefined : { cell, boot: over.leftIn.boot, needsBoot: over.leftIn.isLost };
    if (over.leftIn !== undefined) this.#bootedKernels.add(cell.kernel);
    this.#judgeCell(cell, over);
  }

  #judgeCell(cell: Cell, { boots, failure }: VisitOver): void {
    const key = JSON.stringify(cell);
    const isBlind =
      failure === undefined && boots.every(({ roles }) => this.start.roles.every((role) => roles[role] === undefined));
    const blind = isBlind ? (this.#blind.get(key) ?? 0) + 1 : 0;
    this.#blind.set(key, blind);
    if (blind >= mostBlindVisits)
      this.#leaveOut(cell, `${blind} visits showed nothing of ${this.start.roles.join(', ')}`);
    if (failure === undefined) return;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    if (failure.kind === 'unusable' || failures >= mostBootFailures) this.#leaveOut(cell, failure.message);
  }

  #leaveOut(cell: Cell, why: string): void {
    this.bisector.untestable(cell);
    this.#untestable.push({ words: this.words(cell), why });
  }

  #cellsOf(kernel: number): Cell[] {
    const { biosVersions, flags } = this.space;
    return biosVersions.flatMap((_version, bios) =>
      Array.from({ length: 1 << flags.length }, (_none, bits) => ({ kernel, bios, flags: bits })),
    );
  }
}

/** @throws BisectSpaceError */
export function spaceOf({
  kernels,
  biosVersions,
  flags,
}: Pick<BisectStart, 'kernels' | 'biosVersions' | 'flags'>): BisectSpace {
  return {
    kernels: kernels.map(({ name }) => name),
    biosVersions: biosVersions.map((version) => version ?? 'as it is'),
    flags: flags.map(({ words, suspect }) => ({ name: words, suspect })),
  };
}

function costsOf({ costs: { flash, ...costs } }: BisectStart): Costs {
  const { by, flashMs, notBeforeMs } = flash;
  if (by === 'command') return { ...costs, flash: { by, flashMs } };
  return { ...costs, flash: { by, flashMs, ...(notBeforeMs === undefined ? {} : { notBeforeMs }) } };
}

function known<T>(record: Readonly<Partial<Record<string, T>>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
