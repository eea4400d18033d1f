import { ComebackError } from '../../errors.ts';
import type { PowerAct, PowerState } from './switch.ts';

/** One call to a power device went wrong: no answer, a refusal, or words that make no sense. */
export class PowerDeviceError extends ComebackError {
  override readonly code = 'POWER_DEVICE_FAILED';
  override readonly kind = 'infra';
  readonly device: string;
  readonly reason: string;
  /** True where the device surely did not act: it was not reached, or it said no. False after a silence. */
  readonly refused: boolean;

  constructor(device: string, reason: string, options: { readonly refused: boolean; readonly cause?: unknown }) {
    super(
      `The power device ${device} did not do its part: ${reason}. Check the device and its entry in the inventory.`,
      {
        cause: options.cause,
      },
    );
    this.device = device;
    this.reason = reason;
    this.refused = options.refused;
  }
}

/** Facts that both failures of an act carry. */
export interface ActFacts {
  readonly device: string;
  readonly act: PowerAct;
  /** Each state that was read after the act, in order, repetitions left out. */
  readonly readBack: readonly PowerState[];
  /** What the device said instead of doing its part; undefined where it claimed success. */
  readonly problem?: string | undefined;
}

function told({ readBack, problem }: ActFacts): string {
  const read = readBack.length === 0 ? 'Nothing was read back' : `Read back: ${readBack.join(', then ')}`;
  return problem === undefined ? `${read}.` : `${read}. The device said: ${problem}.`;
}

/** The device shows another state than the one asked for. The host may be without power. */
export class PowerFailedError extends ComebackError {
  override readonly code = 'POWER_ACT_FAILED';
  override readonly kind = 'infra';
  readonly facts: ActFacts;

  constructor(facts: ActFacts, options?: { cause?: unknown }) {
    super(
      `Power ${facts.act} by ${facts.device} failed. ${told(facts)} ` +
        'Look at the device and at the host; nothing was concluded about any PCI function.',
      options,
    );
    this.facts = facts;
  }
}

/** The device should tell its state and does not, so nobody knows whether the act took place. */
export class PowerUnverifiedError extends ComebackError {
  override readonly code = 'POWER_UNVERIFIED';
  override readonly kind = 'infra';
  readonly facts: ActFacts;

  constructor(facts: ActFacts, options?: { cause?: unknown }) {
    super(
      `Power ${facts.act} by ${facts.device} could not be verified. ${told(facts)} ` +
        'Look at the device and at the host, then see that the device can be read.',
      options,
    );
    this.facts = facts;
  }
}

/** One more cut of the power would pass the limit of cycles per hour. Nothing was touched. */
export class PowerBudgetError extends ComebackError {
  override readonly code = 'POWER_BUDGET_SPENT';
  override readonly kind = 'safety';
  readonly device: string;
  readonly cyclesPerHour: number;
  /** Controller time from which the next cycle is allowed, in milliseconds since the epoch. */
  readonly nextAllowedMs: number;

  constructor(device: string, cyclesPerHour: number, nextAllowedMs: number) {
    super(
      `The power of ${device} was cut ${cyclesPerHour} times within the hour, which is its limit. ` +
        `The next cycle is allowed at ${new Date(nextAllowedMs).toISOString()}. Nothing was touched. ` +
        'Wait, or raise power.limits.cyclesPerHour in the inventory if the hardware bears it.',
    );
    this.device = device;
    this.cyclesPerHour = cyclesPerHour;
    this.nextAllowedMs = nextAllowedMs;
  }
}

/** The inventory or the caller asks for something that this power device cannot do here. Nothing was touched. */
export class PowerConfigError extends ComebackError {
  override readonly code = 'POWER_CONFIG';
  override readonly kind = 'usage';
}
