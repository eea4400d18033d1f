import type { Clock } from '../../clock.ts';
import type { PowerState } from './switch.ts';

/** What the hardware bears. */
export interface PowerLimits {
  /** Cuts of the power in any window of one hour. */
  readonly cyclesPerHour: number;
  /** Shortest time without power before it comes back, so that capacitors drain and the cut is a real one. */
  readonly minimumOffMs: number;
}

/** What happened to this power before, from the journal. */
export interface PowerHistory {
  /** Controller times of earlier cuts. */
  readonly cutsMs: readonly number[];
  /** Since when the power is off, where the last act known is an `off`. */
  readonly offSinceMs?: number | undefined;
}

/** What the journal should hold: the intent before the act, the end after it. A `power-intent` of `off` is one cut. */
export type PowerEvent =
  | { readonly t: 'power-intent'; readonly act: 'on' | 'off'; readonly atMs: number }
  | {
      readonly t: 'power-done';
      readonly act: 'on' | 'off';
      readonly atMs: number;
      readonly verified: boolean;
      readonly readBack: PowerState;
      /** Why the act counts as failed; absent where it did not. */
      readonly failure?: string;
    };

export interface GuardedPowerOptions {
  readonly limits: PowerLimits;
  readonly clock: Clock;
  readonly history?: PowerHistory | undefined;
  /** Awaited before and after each act. An `off` whose intent cannot be written is not carried out. */
  readonly record?: ((event: PowerEvent) => Promise<void>) | undefined;
  /** Pause between two readings of the state. */
  readonly pollMs?: number | undefined;
}
