import type { BootOutcome, SimulatedHost } from './simulated-host.ts';

/** What a method says in the end. */
export type Claim =
  | { readonly kind: 'bad-cells'; readonly isBad: (cell: number) => boolean; readonly confidence: number }
  | { readonly kind: 'irregular'; readonly confidence: number }
  | { readonly kind: 'inconclusive' };

/** A way to bisect. */
export interface Method {
  readonly name: string;
  readonly run: (host: SimulatedHost, calibration: readonly BootOutcome[]) => Claim;
}
