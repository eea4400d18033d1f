import { Beliefs } from './beliefs.ts';
import { concluded } from './conclusion.ts';
import { CostModel, type CostKind, type Costs, defaultCosts } from './costs.ts';
import type { Decision, Forecast, RolePosterior, Visit } from './decision.ts';
import { BisectDomainError } from './errors.ts';
import { faultModel } from './fault-model.ts';
import { callTable, type Hypothesis, hypothesesOf } from './hypotheses.ts';
import { RoleLedger } from './ledger.ts';
import type { Observation } from './observation.ts';
import { type BisectOptions, optionsOf } from './options.ts';
import { pictureOf } from './picture.ts';
import type { Position } from './position.ts';
import { RuleClasses } from './rule-classes.ts';
import { bestVisit, type Choice, type OpenRole, type Place } from './selector.ts';
import { type BisectSpace, type Cell, CellGrid, cellWords } from './space.ts';
import { type RoleState, type Standing, standingOf } from './standing.ts';
import { proofVisit } from './proof-visit.ts';
import { forecastOf } from './rehearsal.ts';
import type { BisectVerdict } from './verdict.ts';

/**
 * Finds which change made resets fail, though the fault may strike seldom. It looks at nothing but what it is told: the same calls in the
 * same order make the same decisions, so a bisect is resumed by telling a new one what the journal tells.
 *
 *     const bisector = new Bisector(space, ['gpu', 'usb']);
 *     for (;;) {
 *       const decision = bisector.next(clock.nowMs(), position);
 *       if (decision.kind === 'verdict') break;
 *       …boot into decision.cell unless the host is there (and no fresh boot is asked for), run up to decision.cycles cycles…
 *       bisector.observe({ cell, boot, roles: { gpu: { survived: 12, lost: false }, usb: { survived: 3, lost: true } } });
 *     }
 */
export class Bisector {
  readonly space: BisectSpace;
  readonly options: BisectOptions;
  private readonly grid: CellGrid;
  private readonly hypotheses: readonly Hypothesis[];
  private readonly calls: Uint8Array;
  private readonly roles: readonly RoleState[];
  private readonly saidCosts: Partial<Costs>;
  private readonly costs: CostModel;
  private readonly cellOfBoot = new Map<string, number>();
  private readonly told: ((bisector: Bisector) => void)[] = [];
  private readonly untestableCells = new Set<number>();
  private classes: RuleClasses;

  /** @throws BisectSpaceError, BisectDomainError where what is asked for cannot be searched. */
  constructor(
    space: BisectSpace,
    roles: readonly string[],
    options: Partial<BisectOptions> = {},
    costs: Partial<Costs> = {},
  ) {
    if (roles.length === 0) throw new BisectDomainError('A bisect needs a role that it is about, such as usb.');
    this.space = space;
    this.options = optionsOf(options);
    this.grid = new CellGrid(space, this.options.isFix);
    this.saidCosts = costs;
    this.costs = new CostModel({ ...defaultCosts, ...costs });
    this.hypotheses = hypothesesOf(this.grid, this.options.priors);
    this.calls = callTable(this.grid, this.hypotheses);
    this.classes = new RuleClasses(this.grid, this.calls, this.untestableCells);
    const model = faultModel(this.options.rateFloor, this.options.falseFailureRate);
    this.roles = [...new Set(roles)].map((role) => ({
      role,
      ledger: new RoleLedger(),
      beliefs: new Beliefs(this.hypotheses, this.calls, this.grid.size, model),
    }));
  }

  /** Rules that are looked for. */
  get ruleCount(): number {
    return this.hypotheses.length;
  }

  /**
   * Takes in what was seen, of this bisect's visits or of any other run on these cells.
   * @throws BisectDomainError where the numbers mean nothing, or the boot was told to be of another cell.
   */
  observe(observation: Observation): void {
    const { cell, boot, roles } = observation;
    const index = this.grid.indexOf(cell);
    const known = this.cellOfBoot.get(boot);
    if (known !== undefined && known !== index)
      throw new BisectDomainError(`The boot ${boot} was of another cell: a boot is of one.`);
    this.cellOfBoot.set(boot, index);
    this.told.push((bisector) => bisector.observe(observation));
    for (const { role, ledger, beliefs } of this.roles) {
      const seen = roles[role];
      const step = seen === undefined ? undefined : ledger.add(index, boot, seen);
      if (step !== undefined) beliefs.observe(index, step);
    }
  }

  /** The cell cannot be booted, or cannot be used: it is left out and says nothing for or against any rule. */
  untestable(cell: Cell): void {
    const index = this.grid.indexOf(cell);
    if (this.untestableCells.has(index)) return;
    this.untestableCells.add(index);
    this.told.push((bisector) => bisector.untestable(cell));
    this.classes = new RuleClasses(this.grid, this.calls, this.untestableCells);
  }

  /** Something took so long; forecasts and choices go by it from now on. */
  took(kind: CostKind, durationMs: number): void {
    this.costs.learn(kind, durationMs);
    this.told.push((bisector) => bisector.took(kind, durationMs));
  }

  /**
   * What to do next. Two calls without news between them say the same.
   * @param nowMs any clock that goes on while the host is worked on; `notBeforeMs` of a flash is of the same.
   * @param position undefined where the host runs none of the cells.
   */
  next(nowMs: number, position: Position | undefined): Decision {
    const open = this.roles.map((state) => ({ ...state, standing: this.standing(state) }));
    const undecided = open.filter(({ standing }) => !standing.isDecided);
    if (undecided.length === 0) return { kind: 'verdict', verdict: this.verdict() };
    const place = position === undefined ? undefined : this.placeOf(position);
    const searching = undecided.filter(({ standing }) => standing.missing.length === 0);
    const isTestable = (cell: number): boolean => !this.untestableCells.has(cell);
    const openRoles = (of: typeof undecided): OpenRole[] =>
      of.map(({ ledger, beliefs }) => ({ beliefs, survivedInBoot: survivedIn(ledger, position) }));
    const choice =
      searching.length > 0
        ? bestVisit(this.grid, openRoles(searching), isTestable, this.costs, nowMs, place)
        : proofVisit(this.grid, undecided, this.classes, this.costs, nowMs, place, position?.boot);
    if (choice === undefined) {
      const reason = 'no cell that can be tested would tell more';
      return { kind: 'verdict', verdict: this.verdict(reason) };
    }
    return this.visitOf(
      choice,
      undecided.map(({ role }) => role),
      searching.length > 0,
    );
  }

  /** What can be said now. @param reason why no more will be seen, for the words of a verdict that is not reached. */
  verdict(reason?: string): BisectVerdict {
    const states = this.roles.map((state) => ({ ...state, standing: this.standing(state) }));
    return concluded(this.grid, this.hypotheses, this.classes, states, this.options, reason);
  }

  /** What is known, for pictures; by role. */
  posterior(): readonly RolePosterior[] {
    return this.roles.map((state) =>
      pictureOf(this.grid, this.hypotheses, this.calls, state, this.standing(state).isDecided),
    );
  }

  /** What is still to come, by rehearsals on worlds drawn from what is known; takes up to seconds. */
  forecast(nowMs: number, position: Position | undefined): Forecast {
    const count = this.hypotheses.length;
    const roles = this.roles.map(({ role, beliefs }) => ({
      ...{ role, model: beliefs.model, posterior: beliefs.posterior() },
      pointsOf: (hypothesis: number) => beliefs.pointsOf(hypothesis),
      callsBad: (hypothesis: number, cell: number) => this.calls[cell * count + hypothesis] === 1,
    }));
    return forecastOf(() => this.replica(), this.grid, roles, this.costs, nowMs, position);
  }

  /** Another bisect that was told all that this one was. */
  private replica(): Bisector {
    const replica = new Bisector(
      this.space,
      this.roles.map(({ role }) => role),
      this.options,
      this.saidCosts,
    );
    for (const tell of this.told) tell(replica);
    return replica;
  }

  private standing({ beliefs, ledger }: RoleState): Standing {
    return standingOf(beliefs, ledger, this.classes, (1 - this.options.confidence) / this.roles.length);
  }

  private placeOf({ cell, needsBoot }: Position): Place {
    return { cell: this.grid.indexOf(cell), needsBoot };
  }

  private visitOf(choice: Choice, endAtLossOf: readonly string[], isSearch: boolean): Visit {
    const cell = this.grid.cellAt(choice.cell);
    const where = cellWords(this.space, cell);
    return {
      kind: 'visit',
      cell,
      freshBoot: choice.freshBoot,
      cycles: choice.cycles,
      endAtLossOf,
      switch: choice.switch,
      why: isSearch
        ? `${where} tells most for its time: a loss in ${choice.cycles === 1 ? 'one cycle' : `${choice.cycles} cycles`} is ${percentOf(choice.lossProbability)} likely`
        : `${where} is at the boundary that the verdict will name: it is seen for itself first`,
      expected: { bits: choice.bits, durationMs: choice.durationMs, lossProbability: choice.lossProbability },
    };
  }
}

function survivedIn(ledger: RoleLedger, position: Position | undefined): number | undefined {
  if (position === undefined) return 0;
  const { survived, lost } = ledger.inBoot(position.boot);
  return lost ? undefined : survived;
}

function percentOf(chance: number): string {
  return `${(chance * 100).toFixed(0)} %`;
}
