import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import type { JournalEvent, JournalEventBody } from './events.ts';
import { parkedState } from './parked-state.ts';
import { readJournal } from './reader.ts';
import { JournalWriter } from './writer.ts';

const parked = (to: string): JournalEventBody => ({
  t: 'parked',
  cell: 'old-bios',
  from: '5007',
  to,
  driver: 'manual',
  instructions: 'Flash it.',
});
const resumed: JournalEventBody = { t: 'resumed', bios: '2304', bootId: 'boot-2' };
const finished: JournalEventBody = { t: 'run-finished', reason: 'infra' };

async function* journal(bodies: readonly JournalEventBody[]): AsyncGenerator<JournalEvent> {
  for (const [index, body] of bodies.entries()) yield await Promise.resolve({ n: index + 1, at: 0, ...body });
}

it.each<[string, readonly JournalEventBody[], string | undefined]>([
  ['a journal without events', [], undefined],
  ['a run that never parked', [finished], undefined],
  ['a run that parked', [parked('2304')], '2304'],
  ['a run that parked and ended', [parked('2304'), finished], '2304'],
  ['a run that was resumed', [parked('2304'), resumed, finished], undefined],
  ['a run that parked again', [parked('2304'), resumed, parked('5007')], '5007'],
  ['a run that was parked twice over', [parked('2304'), parked('5007')], '5007'],
])('%s', async (_name, bodies, to) => {
  expect((await parkedState(journal(bodies)))?.to).toBe(to);
});

it('is there after the controller was switched off: the journal on the disk tells', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'journal.ndjson');
  {
    await using writer = await JournalWriter.create(path, systemClock);
    await writer.append({ t: 'bios-intent', cell: 'old-bios', from: '5007', to: '2304', driver: 'manual' });
    await writer.append(parked('2304'), { sync: true });
  }
  expect(await parkedState(readJournal(path))).toMatchObject({ n: 2, from: '5007', to: '2304', driver: 'manual' });
});
