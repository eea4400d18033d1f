import type { CostKind, Costs } from './costs.ts';
import type { Decision, Forecast, RolePosterior } from './decision.ts';
import type { Observation } from './observation.ts';
import type { BisectOptions } from './options.ts';
import type { Position } from './position.ts';
import type { BisectSpace, Cell } from './space.ts';
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
export declare class Bisector {
  /** @throws BisectSpaceError, BisectDomainError where what is asked for cannot be searched. */
  constructor(space: BisectSpace, roles: readonly string[], options?: Partial<BisectOptions>, costs?: Partial<Costs>);

  /**
   * Takes in what was seen, of this bisect's visits or of any other run on these cells.
   * @throws BisectDomainError where the numbers mean nothing, or the boot was told to be of another cell.
   */
  observe(observation: Observation): void;

  /** The cell cannot be booted, or cannot be used: it is left out and says nothing for or against any rule. */
  untestable(cell: Cell): void;

  /** Something took so long; forecasts and choices go by it from now on. */
  took(kind: CostKind, durationMs: number): void;

  /**
   * What to do next. Two calls without news between them say the same.
   * @param nowMs any clock that goes on while the host is worked on; `notBeforeMs` of a flash is of the same.
   * @param position undefined where the host runs none of the cells.
   */
  next(nowMs: number, position: Position | undefined): Decision;

  /** What can be said now. @param reason why no more will be seen, for the words of a verdict that is not reached. */
  verdict(reason?: string): BisectVerdict;

  /** What is known, for pictures; by role. */
  posterior(): readonly RolePosterior[];

  /** What is still to come, by rehearsals on worlds drawn from what is known; takes up to seconds. */
  forecast(nowMs: number, position: Position | undefined): Forecast;
}
