import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetWindowMs } from './budget.ts';
import {
  PowerBudgetError,
  PowerConfigError,
  PowerDeviceError,
  PowerFailedError,
  PowerUnverifiedError,
} from './errors.ts';
import { FakeClock } from './fixtures/fake-clock.ts';
import { Relay } from './fixtures/relay.ts';
import type { GuardedPowerOptions, PowerEvent } from './guard-options.ts';
import { GuardedPower } from './guarded-power.ts';

const wait = { timeoutMs: 60_000 };

interface BenchOptions extends Partial<GuardedPowerOptions> {
  readonly clock?: FakeClock;
  readonly tellsState?: boolean;
}

function bench(options: BenchOptions = {}) {
  const clock = options.clock ?? new FakeClock();
  const relay = new Relay(clock, options.tellsState);
  const events: PowerEvent[] = [];
  const power = new GuardedPower(relay, {
    limits: { cyclesPerHour: 3, minimumOffMs: 10_000 },
    record: (event) => {
      events.push(event);
      return Promise.resolve();
    },
    ...options,
    clock,
  });
  return { clock, relay, events, power };
}

async function caught(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );
}

describe('cycle', () => {
  it('cuts, rests, restores, and proves both by reading back', async () => {
    const { relay, power, events } = bench();
    const proof = await power.cycle(wait);
    expect(proof).toMatchObject({ act: 'cycle', verified: true, readBack: 'on' });
    expect(relay.acts.map(({ act }) => act)).toEqual(['off', 'on']);
    expect((proof.onAtMs ?? 0) - (proof.offAtMs ?? 0)).toBeGreaterThanOrEqual(10_000);
    expect(events.map(({ t, act }) => `${t} ${act}`)).toEqual([
      'power-intent off',
      'power-done off',
      'power-intent on',
      'power-done on',
    ]);
  });

  it('reports a device that cannot tell as unverified', async () => {
    const { power } = bench({ tellsState: false });
    expect(await power.cycle(wait)).toMatchObject({ verified: false, readBack: 'unknown' });
    expect(await power.state(wait)).toBe('unknown');
  });

  it('brings the power back when the caller aborts half-way', async () => {
    const { relay, power } = bench();
    const abort = new AbortController();
    relay.onAct = (act) => {
      if (act === 'off') abort.abort(new Error('interrupted'));
    };
    expect(await caught(power.cycle({ ...wait, signal: abort.signal }))).toMatchObject({ message: 'interrupted' });
    expect(relay.isOn).toBe(true);
    expect(relay.acts.map(({ act }) => act)).toEqual(['off', 'on']);
  });

  it('touches nothing when the caller aborted before', async () => {
    const { relay, power } = bench();
    await caught(power.cycle({ ...wait, signal: AbortSignal.abort(new Error('interrupted')) }));
    expect(relay.acts).toEqual([]);
  });

  it('switches on again after a cut that could not be proved, for it may come late', async () => {
    const { relay, power } = bench();
    relay.shows = () => (relay.acts.at(-1)?.act === 'off' ? 'on' : undefined);
    const error = await caught(power.cycle(wait));
    expect(error).toBeInstanceOf(PowerFailedError);
    expect(error).toMatchObject({ facts: { act: 'off', readBack: ['on'] } });
    expect(relay.acts.map(({ act }) => act)).toEqual(['off', 'on']);
  });

  it('brings the power back even where the cut took all the time that was allowed', async () => {
    const { clock, relay, power } = bench();
    relay.onAct = (act) => {
      if (act === 'off') clock.timeMs += 15_000;
    };
    expect(await power.cycle({ timeoutMs: 12_000 })).toMatchObject({ verified: true });
    expect(relay.isOn).toBe(true);
  });

  it('refuses a deadline that leaves no room for the off-time', async () => {
    const { relay, power } = bench();
    expect(await caught(power.cycle({ timeoutMs: 10_000 }))).toBeInstanceOf(PowerConfigError);
    expect(relay.acts).toEqual([]);
  });

  it('does not cut where the intent cannot be written down, but restores all the same', async () => {
    const { relay, power } = bench({ record: () => Promise.reject(new Error('disk full')) });
    expect(await caught(power.off(wait))).toMatchObject({ message: 'disk full' });
    expect(relay.acts).toEqual([]);
    expect(await caught(power.on(wait))).toMatchObject({ message: 'disk full' });
    expect(relay.acts.map(({ act }) => act)).toEqual(['on']);
  });
});

describe('reading back', () => {
  const refusal = new PowerDeviceError('relay', 'it answered HTTP 403', { refused: true });
  const silence = new PowerDeviceError('relay', 'it did not answer', { refused: false });

  it('believes what the device shows, not what it said', async () => {
    const { relay, power } = bench();
    // The relay switched, but the answer got lost.
    relay.onAct = () => {
      relay.isOn = false;
      throw silence;
    };
    expect(await power.off(wait)).toMatchObject({ verified: true, readBack: 'off' });
  });

  it('names device, act, reading and reason of a failure', async () => {
    const { relay, power } = bench();
    relay.onAct = () => {
      throw refusal;
    };
    const error = await caught(power.off(wait));
    expect(error).toBeInstanceOf(PowerFailedError);
    expect(error).toMatchObject({ kind: 'infra', cause: refusal, facts: { device: 'relay', act: 'off' } });
    expect(String(error)).toMatch(
      /Power off by relay failed\. Read back: on\. The device said: it answered HTTP 403\./,
    );
  });

  it('does not wait long after a plain refusal', async () => {
    const { clock, relay, power } = bench();
    relay.onAct = () => {
      throw refusal;
    };
    const before = clock.nowMs();
    await caught(power.off(wait));
    expect(clock.nowMs() - before).toBeLessThan(5000);
  });

  it('takes no single glimpse of a flapping relay for proof', async () => {
    const { relay, power } = bench();
    let reading = 0;
    relay.shows = () => (++reading % 2 === 0 ? 'off' : 'on');
    const error = await caught(power.off(wait));
    expect(error).toBeInstanceOf(PowerFailedError);
    expect(reading).toBeGreaterThan(20);
  });

  it('says unverified where the state cannot be read', async () => {
    const { relay, power } = bench();
    relay.shows = () => silence;
    const error = await caught(power.off(wait));
    expect(error).toBeInstanceOf(PowerUnverifiedError);
    expect(error).toMatchObject({ kind: 'infra', facts: { readBack: ['unknown'], problem: 'it did not answer' } });
  });

  it('waits for a slow device', async () => {
    const { clock, relay, power } = bench();
    const doneMs = clock.nowMs() + 30_000;
    relay.shows = () => (clock.nowMs() < doneMs ? 'on' : 'off');
    expect(await power.off(wait)).toMatchObject({ verified: true });
  });
});

describe('limits', () => {
  it('refuses the cut that passes the budget, says when the next is allowed, and counts earlier runs', async () => {
    const clock = new FakeClock();
    const now = clock.nowMs();
    const cutsMs = [now - 10_000, now - 3_000_000, now - 20_000];
    const { relay, power } = bench({ clock, history: { cutsMs } });
    const error = await caught(power.cycle(wait));
    expect(error).toBeInstanceOf(PowerBudgetError);
    expect(error).toMatchObject({ kind: 'safety', nextAllowedMs: now - 3_000_000 + budgetWindowMs });
    expect(String(error)).toContain(new Date(now + 600_000).toISOString());
    expect(relay.acts).toEqual([]);
    clock.timeMs = now + 600_000;
    expect(await power.cycle(wait)).toMatchObject({ verified: true });
  });

  it('counts cuts that the clock says are still to come: it was set back', async () => {
    const clock = new FakeClock();
    const cutsMs = [1, 2, 3].map((hours) => clock.nowMs() + hours * budgetWindowMs);
    const { power } = bench({ clock, history: { cutsMs } });
    expect(await caught(power.off(wait))).toBeInstanceOf(PowerBudgetError);
  });

  it('rests in full where nobody knows since when the power is off', async () => {
    const { clock, relay, power } = bench();
    relay.isOn = false;
    const before = clock.nowMs();
    await power.on(wait);
    expect(relay.acts[0]?.atMs).toBeGreaterThanOrEqual(before + 10_000);
  });

  it('rests only what is left where the journal knows', async () => {
    const clock = new FakeClock();
    const { relay, power } = bench({ clock, history: { cutsMs: [], offSinceMs: clock.nowMs() - 9_000 } });
    relay.isOn = false;
    await power.on(wait);
    expect((relay.acts[0]?.atMs ?? 0) - 1_800_000_000_000).toBe(1000);
  });

  it('does not rest where the power is on', async () => {
    const { relay, power, clock } = bench();
    const before = clock.nowMs();
    await power.on(wait);
    expect(relay.acts[0]?.atMs).toBe(before);
  });

  it('never passes the budget in any hour, never shortens the off-time, and never leaves the power off after a cycle', async () => {
    const request = fc.record({
      pauseMs: fc.oneof(fc.nat(1000), fc.nat(600_000), fc.nat(4_000_000)),
      act: fc.constantFrom('on', 'off', 'cycle', 'cycle', 'cycle'),
      fault: fc.constantFrom('none', 'none', 'none', 'lies', 'refuses', 'dumb', 'aborted'),
    });
    const plan = fc.record({
      requests: fc.array(request, { minLength: 1, maxLength: 40 }),
      cyclesPerHour: fc.integer({ min: 1, max: 5 }),
      minimumOffMs: fc.nat(60_000),
      earlier: fc.array(fc.nat(2 * budgetWindowMs), { maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ requests, cyclesPerHour, minimumOffMs, earlier }) => {
        const clock = new FakeClock();
        const cutsMs = earlier.map((ago) => clock.nowMs() - ago);
        const { relay, power } = bench({ clock, limits: { cyclesPerHour, minimumOffMs }, history: { cutsMs } });
        for (const { pauseMs, act, fault } of requests) {
          await clock.sleep(pauseMs);
          const abort = new AbortController();
          relay.shows = () => (fault === 'lies' ? 'on' : fault === 'dumb' ? 'unknown' : undefined);
          relay.onAct = (done) => {
            if (fault === 'aborted') abort.abort(new Error('interrupted'));
            if (fault === 'refuses' && done === 'off') throw new PowerDeviceError('relay', 'no', { refused: true });
          };
          const wasOn = relay.isOn;
          await power[act]({ timeoutMs: 200_000, signal: abort.signal }).catch(() => undefined);
          if (act === 'cycle' && wasOn) expect(relay.isOn).toBe(true);
        }
        const cuts = relay.acts.filter(({ act }) => act === 'off').map(({ atMs }) => atMs);
        const ours = [...cutsMs.filter((time) => cuts[0] !== undefined && time > cuts[0] - budgetWindowMs), ...cuts];
        for (const start of cuts) {
          const inHour = ours.filter((time) => time > start - budgetWindowMs && time <= start);
          expect(inHour.length).toBeLessThanOrEqual(cyclesPerHour);
        }
        let offMs: number | undefined;
        for (const { act, atMs } of relay.acts) {
          if (act === 'on' && offMs !== undefined) expect(atMs - offMs).toBeGreaterThanOrEqual(minimumOffMs);
          offMs = act === 'off' ? atMs : undefined;
        }
      }),
      { numRuns: 150 },
    );
  });

  it('lets acts run one after the other', async () => {
    const { relay, power } = bench();
    await Promise.all([power.cycle(wait), power.cycle(wait)]);
    expect(relay.acts.map(({ act }) => act)).toEqual(['off', 'on', 'off', 'on']);
  });
});
