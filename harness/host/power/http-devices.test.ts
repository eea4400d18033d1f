import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../clock.ts';
import { power as powerSchema } from '../../inventory/power.ts';
import { HttpPlug, type Language, type Mood } from './fixtures/http-plug.ts';
import {
  password,
  redfishBasic,
  redfishSession,
  shellyGen1,
  shellyGen2,
  tasmota,
  user,
} from './fixtures/plug-languages.ts';
import { GuardedPower } from './guarded-power.ts';
import { RedfishPower } from './redfish.ts';
import { ShellyPower } from './shelly.ts';
import type { PowerDriver } from './switch.ts';
import { TasmotaPower } from './tasmota.ts';
import { powerSwitchOf } from './power-switch-of.ts';

const login = { user, password: { env: 'COMEBACK_TEST_PLUG_PASSWORD' } };
const system = '/redfish/v1/Systems/1';

const kinds: Record<string, { language: Language; driver: (url: string) => PowerDriver }> = {
  'Shelly Gen1': {
    language: shellyGen1,
    driver: (url) => new ShellyPower({ url, generation: 1, channel: 1, login }),
  },
  'Shelly Gen2': {
    language: shellyGen2,
    driver: (url) => new ShellyPower({ url, generation: 2, channel: 1, login }),
  },
  Tasmota: { language: tasmota, driver: (url) => new TasmotaPower({ url, relay: 2, login }) },
  'Redfish, basic': {
    language: redfishBasic,
    driver: (url) => new RedfishPower({ url, system, login, authentication: 'basic' }),
  },
  'Redfish, session': {
    language: redfishSession,
    driver: (url) => new RedfishPower({ url, system, login, authentication: 'session' }),
  },
};

beforeEach(() => vi.stubEnv('COMEBACK_TEST_PLUG_PASSWORD', password));
afterEach(() => vi.unstubAllEnvs());

function guarded(driver: PowerDriver): GuardedPower {
  const limits = { cyclesPerHour: 100, minimumOffMs: 0 };
  return new GuardedPower(driver, { limits, clock: systemClock, pollMs: 10 });
}

async function failure(promise: Promise<unknown>): Promise<Error> {
  return await promise.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => (error instanceof Error ? error : expect.fail(String(error))),
  );
}

describe.each(Object.entries(kinds))('%s', (_name, { language, driver }) => {
  it('switches off, on and round, and reads each back', async () => {
    await using plug = await HttpPlug.start(language);
    const power = guarded(driver(plug.url));
    const wait = { timeoutMs: 5000 };
    expect(await power.state(wait)).toBe('on');
    expect(await power.off(wait)).toMatchObject({ verified: true, readBack: 'off' });
    expect(plug.isOn).toBe(false);
    expect(await power.on(wait)).toMatchObject({ verified: true, readBack: 'on' });
    expect(await power.cycle(wait)).toMatchObject({ verified: true, readBack: 'on' });
    expect(plug.isOn).toBe(true);
  });

  it.each<[Mood, string, RegExp]>([
    ['lies', 'POWER_ACT_FAILED', /Read back: on\./],
    ['hangs', 'POWER_UNVERIFIED', /did not answer within/],
    ['drops', 'POWER_UNVERIFIED', /socket hang up|ECONNRESET/],
    ['garbage', 'POWER_UNVERIFIED', /ROUTER LOGIN|without X-Auth-Token/],
    ['broken', 'POWER_UNVERIFIED', /HTTP 500: oops/],
  ])('%s: %s', async (mood, code, words) => {
    await using plug = await HttpPlug.start(language);
    plug.mood = mood;
    const error = await failure(guarded(driver(plug.url)).off({ timeoutMs: 300 }));
    expect(error).toMatchObject({ code, kind: 'infra' });
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('s3cret');
  });

  it('knows that a slow relay has switched, and that one whose answer got lost did', async () => {
    await using plug = await HttpPlug.start(language);
    const power = guarded(driver(plug.url));
    plug.mood = 'slow';
    expect(await power.off({ timeoutMs: 3000 })).toMatchObject({ verified: true });
    plug.mood = 'honest';
    await power.on({ timeoutMs: 3000 });
  });

  it('is not fooled by a flapping relay', async () => {
    await using plug = await HttpPlug.start(language);
    plug.mood = 'flaps';
    const error = await failure(guarded(driver(plug.url)).off({ timeoutMs: 300 }));
    expect(error.name).toMatch(/^Power(Failed|Unverified)Error$/);
  });

  it('says that the login is wrong, and does not repeat the secret', async () => {
    vi.stubEnv('COMEBACK_TEST_PLUG_PASSWORD', 'wrong-s3cret');
    await using plug = await HttpPlug.start(language);
    const error = await failure(guarded(driver(plug.url)).off({ timeoutMs: 3000 }));
    expect(error).toMatchObject({ kind: 'infra', code: 'POWER_UNVERIFIED' });
    expect(error.message).toMatch(/refused the login|Need user/);
    expect(error.message).not.toContain('s3cret');
    expect(plug.isOn).toBe(true);
  });

  it('says that nobody is there', async () => {
    const plug = await HttpPlug.start(language);
    await plug[Symbol.asyncDispose]();
    const error = await failure(guarded(driver(plug.url)).off({ timeoutMs: 3000 }));
    expect(error.message).toMatch(/ECONNREFUSED/);
  });

  it('ends at once when the caller aborts', async () => {
    await using plug = await HttpPlug.start(language);
    plug.mood = 'hangs';
    const signal = AbortSignal.timeout(50);
    const started = Date.now();
    const error = await failure(guarded(driver(plug.url)).off({ timeoutMs: 30_000, signal }));
    expect(error.name).toBe('TimeoutError');
    expect(Date.now() - started).toBeLessThan(5000);
  });

  it('asks for the secret that is missing before it touches anything', async () => {
    vi.stubEnv('COMEBACK_TEST_PLUG_PASSWORD', '');
    await using plug = await HttpPlug.start(language);
    const error = await failure(guarded(driver(plug.url)).cycle({ timeoutMs: 3000 }));
    expect(error).toMatchObject({ kind: 'usage' });
    expect(error.message).toContain('COMEBACK_TEST_PLUG_PASSWORD');
    expect(plug.isOn).toBe(true);
  });
});

it('trusts the state, not the missing answer', async () => {
  await using plug = await HttpPlug.start(tasmota);
  plug.mood = 'forgets';
  const driver = new TasmotaPower({ url: plug.url, relay: 2, login });
  const impatient: PowerDriver = {
    description: driver.description,
    tellsState: true,
    patienceMs: 200,
    on: (wait) => driver.on(wait),
    off: (wait) => driver.off(wait),
    state: (wait) => driver.state(wait),
  };
  expect(await guarded(impatient).off({ timeoutMs: 3000 })).toMatchObject({ verified: true, readBack: 'off' });
});

it('closes each Redfish session that it opens', async () => {
  await using plug = await HttpPlug.start(redfishSession);
  await guarded(new RedfishPower({ url: plug.url, system, login, authentication: 'session' })).off({ timeoutMs: 3000 });
  const count = (start: string): number => plug.requests.filter((line) => line.startsWith(start)).length;
  expect(count('DELETE /redfish/v1/SessionService/Sessions/1')).toBe(count('POST /redfish/v1/SessionService/Sessions'));
});

it('makes the switch that the inventory describes', async () => {
  await using plug = await HttpPlug.start(shellyGen2);
  const config = powerSchema.parse({ driver: 'shelly', url: plug.url, generation: 2, channel: 1, login });
  const power = powerSwitchOf(config, { host: 'bench', clock: systemClock });
  expect(power.description).toBe(`Shelly ${new URL(plug.url).host} channel 1`);
  expect(await power.off({ timeoutMs: 5000 })).toMatchObject({ verified: true });
});
