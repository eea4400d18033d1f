import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bios as biosSchema } from '../../inventory/bios.ts';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { FakeClock } from '../power/fixtures/fake-clock.ts';
import { biosFlasherOf } from './bios-flasher-of.ts';
import { type BiosEvent, bringBios, type BringBiosDeps } from './bring-bios.ts';

const cell = { name: 'old-bios', bios: '2304' };
const running = { bios: '5007 ' };

function like(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

/** A bench whose inventory says this about the BIOS. */
function bench(config: unknown): { deps: BringBiosDeps; events: BiosEvent[] } {
  const events: BiosEvent[] = [];
  const flasher = biosFlasherOf(config === undefined ? undefined : biosSchema.parse(config), { host: 'elysium' });
  const writeDown = (event: BiosEvent): Promise<void> => Promise.resolve(void events.push(event));
  return { deps: { flasher, writeDown, clock: new FakeClock(), wait: { timeoutMs: 10_000 } }, events };
}

it('writes down, flashes, writes down, and leaves the proof to the boot', async () => {
  const { deps, events } = bench({ driver: 'command', flash: ['echo', 'wrote {version}'] });
  expect(await bringBios(cell, running, deps)).toEqual({ next: 'reboot', output: ['wrote 2304'] });
  expect(events).toEqual([
    { t: 'bios-intent', cell: 'old-bios', from: '5007', to: '2304', driver: 'command' },
    {
      ...{ t: 'bios-done', cell: 'old-bios', to: '2304', driver: 'command' },
      ...{ ok: true, durationMs: 0, output: ['wrote 2304'] },
    },
  ]);
});

it('flashes nothing whose intent could not be written down', async () => {
  await using directory = await temporaryDirectory();
  const flashed = join(directory.path, '{version}');
  const { deps } = bench({ driver: 'command', flash: ['touch', flashed] });
  const writeDown = (): Promise<void> => Promise.reject(new Error('the disk is full'));
  await expect(bringBios(cell, running, { ...deps, writeDown })).rejects.toThrow('the disk is full');
  await expect(writeFile(join(directory.path, '2304'), '', { flag: 'wx' })).resolves.toBeUndefined();
});

it('writes down how a flash failed', async () => {
  const { deps, events } = bench({ driver: 'command', flash: ['sh', '-c', 'echo no such chip; exit 4', '{version}'] });
  await expect(bringBios(cell, running, deps)).rejects.toMatchObject({ code: 'BIOS_FLASH_FAILED' });
  expect(events[1]).toMatchObject({
    ...{ t: 'bios-done', ok: false, code: 'BIOS_FLASH_FAILED', output: ['no such chip'] },
    message: like(/ended with 4/),
  });
});

it.each([
  ['a cell that asks for no BIOS', { name: 'x', kernel: '6.1' }, running],
  ['the BIOS that runs', { name: 'x', bios: '5007' }, running],
  ['the BIOS that runs, with a blank', { name: 'x', bios: ' 5007' }, { bios: '5007' }],
])('%s needs nothing', async (_what, asked, now) => {
  const { deps, events } = bench(undefined);
  expect(await bringBios(asked, now, deps)).toBeUndefined();
  expect(events).toEqual([]);
});

it.each([
  ['a host that does not tell its BIOS', { driver: 'manual' }, { bios: null }, 'BIOS_UNREADABLE', []],
  ['an inventory that does not say how', undefined, running, 'BIOS_CONFIG', ['bios-intent', 'bios-done']],
])('%s is a refusal', async (_what, config, now, code, written) => {
  const { deps, events } = bench(config);
  await expect(bringBios(cell, now, deps)).rejects.toMatchObject({ code });
  expect(events.map(({ t }) => t)).toEqual(written);
});

it.each([
  [undefined, 'Flash BIOS 2304 onto elysium, and boot it.'],
  ['EZ Flash {version}, as always ', 'Flash BIOS 2304 onto elysium, and boot it. EZ Flash 2304, as always.'],
  ['Press Del!', 'Flash BIOS 2304 onto elysium, and boot it. Press Del!'],
])('by hand: the run is parked with the instructions (%j)', async (own, instructions) => {
  const { deps, events } = bench({ driver: 'manual', instructions: own });
  expect(await bringBios(cell, running, deps)).toEqual({ next: 'operator', instructions });
  expect(events.map(({ t }) => t)).toEqual(['bios-intent', 'parked']);
  expect(events.at(-1)).toMatchObject({
    from: '5007',
    to: '2304',
    driver: 'manual',
    instructions,
  });
});

it('by hand: the operator is told the image', async () => {
  await using directory = await temporaryDirectory();
  const image = join(directory.path, '2304.cap');
  await writeFile(image, '');
  const { deps } = bench({ driver: 'manual', images: { '2304': image } });
  expect(await bringBios(cell, running, deps)).toMatchObject({
    instructions: `Flash BIOS 2304 onto elysium from ${image}, and boot it.`,
  });
  await expect(bringBios({ name: 'x', bios: '1' }, running, deps)).rejects.toMatchObject({
    code: 'BIOS_IMAGE_UNKNOWN',
  });
});
