import { expect, it } from 'vitest';
import { judged } from '../test/judged-journal.ts';
import { addressOf } from '../test/known-address.ts';
import { startTwin } from '../twin/twin.ts';
import { soakTwin } from './fixtures/twin-soak.ts';

const usb = addressOf('2c:00.3');

it('says why a host without tracefs shows no resets, and goes on without', async () => {
  await using twin = await startTwin();

  const { events, error } = await soakTwin(twin);

  expect(error).toBeUndefined();
  expect(events.filter(({ t }) => t === 'resets')).toEqual([]);
  const sources = events.filter(({ t }) => t === 'reset-source');
  expect(sources).toMatchObject([
    { source: 'reset-method', reason: 'the kernel has no kprobe events, or tracefs is not mounted' },
  ]);
  const firstCycle = events.findIndex(({ t }) => t === 'cycle-started');
  expect(events.findIndex(({ t }) => t === 'reset-source')).toBeLessThan(firstCycle);
});

it('takes the kernel’s log for it where that tells, from its first word on, and stores what is the same once', async () => {
  await using twin = await startTwin();
  const say = (text: string): void => twin.kmsg(`vfio-pci ${usb}: ${text}`, 4);

  const { events } = await soakTwin(twin, {
    atRest: () => {
      say('resetting');
      say('reset done');
      return Promise.resolve();
    },
  });

  const sources = events.flatMap((event) => (event.t === 'reset-source' ? [event.source] : []));
  expect(sources).toEqual(['reset-method', 'log']);
  const told = events.flatMap((event) => (event.t === 'resets' ? [event] : []));
  expect(told).toMatchObject([
    { cycle: 1, resets: [{ function: usb, method: 'unknown', returned: null }] },
    { cycle: 2 },
    { cycle: 3 },
  ]);
  expect(told.map(({ resets }) => resets?.length)).toEqual([1, undefined, undefined]);
  expect(judged(events).resets.functions.get(usb)?.methods.unknown?.count).toBe(3);
  // They are told once.
  expect(events.some((event) => event.t === 'kernel' && event.text.includes('reset'))).toBe(false);
});
