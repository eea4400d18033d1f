import { expect, it } from 'vitest';
import { bios as biosSchema } from '../../inventory/bios.ts';
import { FakeClock } from '../power/fixtures/fake-clock.ts';
import { GuardedPower } from '../power/guarded-power.ts';
import type { PowerDriver, PowerState } from '../power/switch.ts';
import { biosFlasherOf } from './bios-flasher-of.ts';
import type { BiosFlasher } from './flasher.ts';
import type { BiosMachine } from './machine.ts';

const wait = { timeoutMs: 20_000 };

function like(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** A machine that shows, while it is on, the BIOS that it was started with. */
class Machine implements PowerDriver {
  readonly description = 'the machine';
  readonly tellsState = true;
  readonly patienceMs = 60_000;
  shows: string | null = '2901';
  nextBios = '2901';
  starts = true;
  readonly clock = new FakeClock();

  on(): Promise<void> {
    if (this.starts) this.shows ??= this.nextBios;
    return Promise.resolve();
  }

  off(): Promise<void> {
    this.shows = null;
    return Promise.resolve();
  }

  state(): Promise<PowerState> {
    return Promise.resolve(this.shows === null ? 'off' : 'on');
  }

  flasher(cyclesPerHour = 100, setBios = this.setBios): BiosFlasher {
    const power = new GuardedPower(this, { limits: { cyclesPerHour, minimumOffMs: 0 }, clock: this.clock });
    const machine: BiosMachine = { power, setBios };
    return biosFlasherOf(biosSchema.parse({ driver: 'virtual-lab' }), { host: 'virtual', machine });
  }

  readonly setBios = (version: string): Promise<void> => {
    if (this.shows !== null) return Promise.reject(new Error('a machine that runs cannot be changed'));
    this.nextBios = version;
    return Promise.resolve();
  };
}

it('starts with the other BIOS, and its connections are gone', async () => {
  const machine = new Machine();
  expect(await machine.flasher().flash('2304', wait)).toEqual({ next: 'reconnect' });
  expect(machine.shows).toBe('2304');
});

it('keeps the limits of the power: no cut beyond them, and nothing is touched', async () => {
  const machine = new Machine();
  const flasher = machine.flasher(1);
  await flasher.flash('2304', wait);
  await expect(flasher.flash('2901', wait)).rejects.toMatchObject({ code: 'POWER_BUDGET_SPENT', kind: 'safety' });
  expect(machine.shows).toBe('2304');
});

it('is on again with the BIOS that it had where the change fails', async () => {
  const machine = new Machine();
  const flasher = machine.flasher(100, () => Promise.reject(new Error('the disk is full.')));
  await expect(flasher.flash('2304', wait)).rejects.toMatchObject({
    code: 'BIOS_FLASH_FAILED',
    message:
      'Flashing BIOS 2304 onto virtual failed: the disk is full. Its power is on again, with the BIOS that it had.',
  });
  expect(machine.shows).toBe('2901');
});

it('is on again where it is called off while it is off', async () => {
  const machine = new Machine();
  const abort = new AbortController();
  const flasher = machine.flasher(100, async (version) => {
    abort.abort(new Error('interrupted'));
    await machine.setBios(version);
  });
  expect(await flasher.flash('2304', { ...wait, signal: abort.signal })).toEqual({ next: 'reconnect' });
  expect(machine.shows).toBe('2304');
});

it('is on again where the switching off fails half-way', async () => {
  const machine = new Machine();
  const abort = new AbortController();
  machine.off = (): Promise<void> => {
    machine.shows = null;
    abort.abort(new Error('interrupted'));
    return Promise.resolve();
  };
  await expect(machine.flasher().flash('2304', { ...wait, signal: abort.signal })).rejects.toThrow('interrupted');
  expect(machine.shows).toBe('2901');
});

it('says that the host is without power where it does not start', async () => {
  const machine = new Machine();
  machine.starts = false;
  await expect(machine.flasher().flash('2304', wait)).rejects.toMatchObject({
    code: 'BIOS_FLASH_FAILED',
    message: like(/Power on by the machine failed.*The host is without power\. Switch it on\.$/),
    cause: { code: 'POWER_ACT_FAILED' },
  });
});

it('begins nothing once it is called off', async () => {
  const machine = new Machine();
  const signal = AbortSignal.abort(new Error('interrupted'));
  await expect(machine.flasher().flash('2304', { ...wait, signal })).rejects.toThrow('interrupted');
  expect(machine.shows).toBe('2901');
});

it('is refused for a host that is no virtual lab', () => {
  const config = biosSchema.parse({ driver: 'virtual-lab' });
  expect(() => biosFlasherOf(config, { host: 'elysium' })).toThrow(/elysium is none. Use another driver under "bios"/);
});
