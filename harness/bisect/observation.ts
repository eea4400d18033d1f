import type { Cell } from './space.ts';

/**
 * What was seen of the roles during some cycles of one cell in one boot of the host. Several may tell of the same boot, each of the cycles
 * that the others do not tell of. Cycles that were `infra` and functions that were `unobserved` are in none.
 */
export interface Observation {
  readonly cell: Cell;
  /** Any name that no other boot has: the boot_id, or a number. */
  readonly boot: string;
  /** A role that is not named was not seen. */
  readonly roles: Readonly<Record<string, RoleObservation>>;
}

export interface RoleObservation {
  /** Cycles that it came back from, up to its first loss in the boot. */
  readonly survived: number;
  /** Whether it was lost in the cycle after those. What comes later in that boot counts for nothing: it may only be lost still. */
  readonly lost: boolean;
}
