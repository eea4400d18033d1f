import type { Wait } from '../../wait.ts';

/** `unknown`: the device cannot tell, or did not say anything that can be understood. It never stands for "off". */
export type PowerState = 'on' | 'off' | 'unknown';
export type PowerAct = 'on' | 'off' | 'cycle';

/** What is known once an act is over. */
export interface PowerProof {
  readonly act: PowerAct;
  /** True where the device itself showed the new state; false where it cannot tell: prove the act by the host (boot_id). */
  readonly verified: boolean;
  /** State at the end of the act as the device told it. */
  readonly readBack: PowerState;
  /** When the power was seen to be off, in controller time; null for a mere `on`. */
  readonly offAtMs: number | null;
  /** When the power was seen to be on again, in controller time; null for a mere `off`. */
  readonly onAtMs: number | null;
}

/** The power of one lab host, safe to use: limits are kept and states are read back. */
export interface PowerSwitch {
  /** Names the device in messages, without secrets. */
  readonly description: string;
  /** False where the device has no state to read: every proof is then unverified. */
  readonly tellsState: boolean;
  on(wait: Wait): Promise<PowerProof>;
  off(wait: Wait): Promise<PowerProof>;
  /** Off, the minimum off-time, on. Once the power is off, it comes back on even if the caller's signal aborts. */
  cycle(wait: Wait): Promise<PowerProof>;
  state(wait: Wait): Promise<PowerState>;
}

/**
 * One kind of power device. It says what to do once and tells what it reads; limits, repetition and judgement are not its concern.
 * Every method throws PowerDeviceError where the device does not answer as it should.
 */
export interface PowerDriver {
  readonly description: string;
  readonly tellsState: boolean;
  /** Longest time one call may take before the device counts as hung. Infinity where a person acts. */
  readonly patienceMs: number;
  on(wait: Wait): Promise<void>;
  off(wait: Wait): Promise<void>;
  state(wait: Wait): Promise<PowerState>;
}
