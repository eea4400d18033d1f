import type { Clock } from '../../clock.ts';
import { within, type Wait } from '../../wait.ts';
import { CycleBudget } from './budget.ts';
import {
  type ActFacts,
  PowerBudgetError,
  PowerConfigError,
  PowerDeviceError,
  PowerFailedError,
  PowerUnverifiedError,
} from './errors.ts';
import type { GuardedPowerOptions, PowerEvent, PowerLimits } from './guard-options.ts';
import { readBack, type ReadBack } from './read-back.ts';
import type { PowerDriver, PowerProof, PowerState, PowerSwitch } from './switch.ts';

interface Done {
  readonly readBack: PowerState;
  readonly atMs: number;
}

/** The one place that keeps the limits and reads the state back, whatever device is behind it. Acts run one after the other. */
export class GuardedPower implements PowerSwitch {
  readonly description: string;
  readonly tellsState: boolean;
  readonly #driver: PowerDriver;
  readonly #limits: PowerLimits;
  readonly #clock: Clock;
  readonly #budget: CycleBudget;
  readonly #record: (event: PowerEvent) => Promise<void>;
  readonly #pollMs: number;
  #offSinceMs: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(driver: PowerDriver, options: GuardedPowerOptions) {
    this.description = driver.description;
    this.tellsState = driver.tellsState;
    this.#driver = driver;
    this.#limits = options.limits;
    this.#clock = options.clock;
    this.#budget = new CycleBudget(options.limits.cyclesPerHour, options.history?.cutsMs);
    this.#offSinceMs = options.history?.offSinceMs;
    this.#record = options.record ?? (() => Promise.resolve());
    this.#pollMs = options.pollMs ?? 500;
  }

  /** @throws PowerDeviceError where the device cannot be asked. */
  async state(wait: Wait): Promise<PowerState> {
    if (!this.tellsState) return 'unknown';
    return await this.#driver.state({ ...wait, timeoutMs: Math.min(wait.timeoutMs, this.#driver.patienceMs) });
  }

  /** @throws PowerFailedError, PowerUnverifiedError, or the reason of the signal. */
  async on(wait: Wait): Promise<PowerProof> {
    return await this.#inTurn(wait, async (endMs) => {
      const { readBack, atMs } = await this.#switchOn(endMs, wait.signal);
      return { act: 'on', verified: this.tellsState, readBack, offAtMs: null, onAtMs: atMs };
    });
  }

  /** @throws PowerBudgetError before anything is touched; PowerFailedError, PowerUnverifiedError, or the reason of the signal. */
  async off(wait: Wait): Promise<PowerProof> {
    return await this.#inTurn(wait, async (endMs) => {
      const { readBack, atMs } = await this.#switchOff(endMs, wait.signal, () => undefined);
      return { act: 'off', verified: this.tellsState, readBack, offAtMs: atMs, onAtMs: null };
    });
  }

  /** @throws PowerBudgetError before anything is touched; PowerFailedError, PowerUnverifiedError, or the reason of the signal. */
  async cycle(wait: Wait): Promise<PowerProof> {
    const { minimumOffMs } = this.#limits;
    if (wait.timeoutMs <= minimumOffMs) {
      throw new PowerConfigError(
        `A power cycle of ${this.description} takes more than its minimum off-time of ${minimumOffMs} ms, ` +
          `but was given ${wait.timeoutMs} ms. Allow more time, or lower power.limits.minimumOffMs in the inventory.`,
      );
    }
    return await this.#inTurn(wait, async (endMs) => {
      const offEndMs = this.#clock.nowMs() + (endMs - this.#clock.nowMs() - minimumOffMs) / 2;
      const progress: { touched: boolean } = { touched: false };
      let off: Done;
      try {
        off = await this.#switchOff(offEndMs, wait.signal, () => (progress.touched = true));
      } catch (error) {
        if (progress.touched && !(error instanceof PowerConfigError)) await this.#restore(endMs, error);
        throw error;
      }
      const on = await this.#restore(endMs, undefined);
      wait.signal?.throwIfAborted();
      return {
        act: 'cycle',
        verified: this.tellsState,
        readBack: on.readBack,
        offAtMs: off.atMs,
        onAtMs: on.atMs,
      };
    });
  }

  /** Whoever cut the power brings it back: no abort of the caller may leave a host without power. */
  async #restore(endMs: number, cause: unknown): Promise<Done> {
    const patienceMs = Math.min(this.#driver.patienceMs, 600_000);
    const atLeastMs = this.#clock.nowMs() + this.#limits.minimumOffMs + patienceMs;
    try {
      return await this.#switchOn(Math.max(endMs, atLeastMs), undefined);
    } catch (error) {
      // A host left without power matters more than the reason why it was cut in vain.
      if (cause !== undefined && error instanceof Error && error.cause === undefined) error.cause = cause;
      throw error;
    }
  }

  async #switchOff(endMs: number, signal: AbortSignal | undefined, onTouched: () => void): Promise<Done> {
    signal?.throwIfAborted();
    const nowMs = this.#clock.nowMs();
    const nextAllowedMs = this.#budget.nextAllowedMs(nowMs);
    if (nextAllowedMs > nowMs) {
      throw new PowerBudgetError(this.description, this.#budget.cyclesPerHour, nextAllowedMs);
    }
    this.#budget.spend(nowMs);
    await this.#record({ t: 'power-intent', act: 'off', atMs: nowMs });
    onTouched();
    try {
      return await this.#act('off', endMs, signal);
    } finally {
      // Even after a failure the power may be off, and the latest moment is the one to count from.
      this.#offSinceMs = this.#clock.nowMs();
    }
  }

  async #switchOn(endMs: number, signal: AbortSignal | undefined): Promise<Done> {
    await this.#sitOutOffTime(endMs, signal);
    // An intent that cannot be written keeps no host in the dark: the act comes first, the complaint after it.
    const intent = this.#record({ t: 'power-intent', act: 'on', atMs: this.#clock.nowMs() });
    await intent.catch(() => undefined);
    const done = await this.#act('on', endMs, signal);
    this.#offSinceMs = undefined;
    await intent;
    return done;
  }

  async #sitOutOffTime(endMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { minimumOffMs } = this.#limits;
    if (this.#offSinceMs === undefined) {
      const timeoutMs = Math.max(1, endMs - this.#clock.nowMs());
      const state = await this.state({ timeoutMs, ...(signal === undefined ? {} : { signal }) }).catch(
        (): PowerState => 'unknown',
      );
      signal?.throwIfAborted();
      if (state === 'on') return;
      // Nobody knows since when it is off: it may be since just now.
      this.#offSinceMs = this.#clock.nowMs();
    }
    const nowMs = this.#clock.nowMs();
    const restMs = Math.min(this.#offSinceMs + minimumOffMs - nowMs, minimumOffMs);
    if (restMs <= 0) return;
    if (nowMs + restMs >= endMs) {
      throw new PowerFailedError({
        device: this.description,
        act: 'on',
        readBack: ['off'],
        problem: `the minimum off-time has ${restMs} ms to go, which is more than the time allowed`,
      });
    }
    await this.#clock.sleep(restMs, signal);
  }

  async #act(act: 'on' | 'off', endMs: number, signal: AbortSignal | undefined): Promise<Done> {
    const report = async (readBack: PowerState, failure?: string): Promise<Done> => {
      const atMs = this.#clock.nowMs();
      const verified = failure === undefined && this.tellsState;
      await this.#record({
        t: 'power-done',
        act,
        atMs,
        verified,
        readBack,
        ...(failure === undefined ? {} : { failure }),
      });
      return { readBack, atMs };
    };
    const problem = await this.#command(act, endMs, signal);
    if (!this.tellsState) {
      if (problem === undefined) return await report('unknown');
      await report('unknown', problem.reason);
      throw new PowerFailedError(this.#facts(act, [], problem.reason), { cause: problem });
    }
    // A device that said no has not begun anything that would be worth waiting for.
    const untilMs = problem?.refused === true ? this.#clock.nowMs() + 2 * this.#pollMs : endMs;
    const seen = await readBack(this.#driver, act, {
      clock: this.#clock,
      pollMs: this.#pollMs,
      endMs: untilMs,
      signal,
    });
    // What the device shows decides, not what it said about its act.
    if (seen.shown) return await report(act);
    const error = this.#judge(act, seen, problem);
    await report(seen.states.at(-1) ?? 'unknown', error.message);
    throw error;
  }

  async #command(
    act: 'on' | 'off',
    endMs: number,
    signal: AbortSignal | undefined,
  ): Promise<PowerDeviceError | undefined> {
    const timeoutMs = Math.max(1, Math.min(endMs - this.#clock.nowMs(), this.#driver.patienceMs));
    try {
      await this.#driver[act]({ timeoutMs, ...(signal === undefined ? {} : { signal }) });
      return undefined;
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof PowerDeviceError) return error;
      throw error;
    }
  }

  #judge(act: 'on' | 'off', seen: ReadBack, problem: PowerDeviceError | undefined): Error {
    const facts = this.#facts(act, seen.states, problem?.reason ?? seen.problem?.reason);
    const cause = problem ?? seen.problem;
    const options = cause === undefined ? undefined : { cause };
    return seen.states.at(-1) === 'unknown'
      ? new PowerUnverifiedError(facts, options)
      : new PowerFailedError(facts, options);
  }

  #facts(act: 'on' | 'off', states: readonly PowerState[], problem: string | undefined): ActFacts {
    return { device: this.description, act, readBack: states, problem };
  }

  async #inTurn<T>(wait: Wait, act: (endMs: number) => Promise<T>): Promise<T> {
    const endMs = this.#clock.nowMs() + wait.timeoutMs;
    const before = this.#last;
    const mine = within(before, wait, `the act before on ${this.description}`).then(() => act(endMs));
    this.#last = Promise.all([before, mine.catch(() => undefined)]);
    return await mine;
  }
}
