import { BisectDomainError } from './errors.ts';

/** What things take, in milliseconds. */
export interface Costs {
  /** One cycle of the VM, with its rests. */
  readonly cycleMs: number;
  /** Booting the host into another kernel or command line, until the first cycle can begin. */
  readonly kernelBootMs: number;
  /** The same cell again after a loss. */
  readonly rebootAfterLossMs: number;
  /** Another BIOS, and the boot into it. */
  readonly flash: FlashCost;
}

/** Who flashes. By hand: a person does it, and not before some moment. */
export type FlashCost =
  | { readonly by: 'command'; readonly flashMs: number }
  | { readonly by: 'hand'; readonly flashMs: number; readonly notBeforeMs?: number };

/** What of it is learned from what was observed. */
export type CostKind = 'cycle' | 'kernel-boot' | 'reboot-after-loss' | 'flash';

export const defaultCosts: Costs = {
  cycleMs: 60_000,
  kernelBootMs: 180_000,
  rebootAfterLossMs: 180_000,
  flash: { by: 'command', flashMs: 900_000 },
};

/** What a way to a cell needs. */
export type Switch = 'none' | 'reboot' | 'kernel' | 'flash';

/** A session and gates of its own: what a visit takes besides, however short it is. A handful of cycles at once is better than one by one. */
export const visitMs = 10_000;

/** Expected durations: what was said at first counts as one observation, so the lab's own times soon prevail. */
export class CostModel {
  private readonly said: Costs;
  private readonly sums: Record<CostKind, { sumMs: number; count: number }>;

  /** @throws BisectDomainError where a duration is no positive number. */
  constructor(said: Costs) {
    const all = [said.cycleMs, said.kernelBootMs, said.rebootAfterLossMs, said.flash.flashMs];
    if (all.some((ms) => !(ms > 0 && ms < Infinity)))
      throw new BisectDomainError('What things take must be positive milliseconds.');
    this.said = said;
    const once = (sumMs: number): { sumMs: number; count: number } => ({ sumMs, count: 1 });
    this.sums = {
      cycle: once(said.cycleMs),
      'kernel-boot': once(said.kernelBootMs),
      'reboot-after-loss': once(said.rebootAfterLossMs),
      flash: once(said.flash.flashMs),
    };
  }

  /** Something of this kind took so long. */
  learn(kind: CostKind, tookMs: number): void {
    if (!(tookMs >= 0 && tookMs < Infinity)) throw new BisectDomainError(`${tookMs} ms is no duration.`);
    const sum = this.sums[kind];
    sum.sumMs += tookMs;
    sum.count += 1;
  }

  expectedMs(kind: CostKind): number {
    const { sumMs, count } = this.sums[kind];
    return sumMs / count;
  }

  /** What a switch takes from now on; a flash by hand includes the wait until somebody may be asked. */
  switchMs(kind: Switch, nowMs: number): number {
    switch (kind) {
      case 'none':
        return 0;
      case 'reboot':
        return this.expectedMs('reboot-after-loss');
      case 'kernel':
        return this.expectedMs('kernel-boot');
      case 'flash': {
        const { flash } = this.said;
        const waitMs = flash.by === 'hand' ? Math.max(0, (flash.notBeforeMs ?? nowMs) - nowMs) : 0;
        return waitMs + this.expectedMs('flash');
      }
    }
  }

  get isFlashedByHand(): boolean {
    return this.said.flash.by === 'hand';
  }
}
