import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import type { RecognisedLine } from '../host/console/recorder.ts';
import type { JournalEvent } from '../journal/events.ts';
import { JournalWriter } from '../journal/writer.ts';
import { recogniseConsoleLine } from '../pci/console-lines.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { signsInto } from './console-signs.ts';

function heard(text: string, n: number): RecognisedLine {
  const sign = recogniseConsoleLine(text);
  if (sign === undefined) throw new Error(`the catalogue does not know ${text}`);
  return { ...sign, n, atMs: n, text };
}

async function journalled(texts: readonly string[]): Promise<JournalEvent[]> {
  await using directory = await temporaryDirectory();
  const events: JournalEvent[] = [];
  await using journal = await JournalWriter.create(join(directory.path, 'j'), systemClock, {
    onEvent: (event) => {
      events.push(event);
    },
  });
  const hear = signsInto(journal);
  for (const [index, text] of texts.entries()) hear(heard(text, index + 1));
  await journal.append({ t: 'run-finished', reason: 'cycles-done' });
  return events.slice(0, -1);
}

const panic = 'Kernel panic - not syncing: Fatal exception';
const hung = 'INFO: task kvm:812 blocked for more than 120 seconds.';

it('a boot that goes as boots go says nothing; a host that dies or goes down does', async () => {
  const events = await journalled([
    ...['Linux version 6.1.0-56-amd64 (x) #1 SMP', 'elysium login: ', panic, 'reboot: Restarting system'],
  ]);
  expect(events).toMatchObject([
    { t: 'console-sign', kind: 'panic', standing: 'wedged', text: panic },
    { t: 'console-sign', kind: 'restarting', standing: 'going-down' },
  ]);
});

it('of a kernel that says the same all night fifty are kept, and what is said beside it as well', async () => {
  const events = await journalled([...Array<string>(500).fill(hung), panic]);
  expect(events.map((event) => event.t === 'console-sign' && event.kind)).toEqual([
    ...Array<string>(50).fill('hung-task'),
    'panic',
  ]);
});

it('a journal that cannot be written is the engine’s business: nothing is thrown', async () => {
  await using directory = await temporaryDirectory();
  const journal = await JournalWriter.create(join(directory.path, 'j'), systemClock);
  await journal[Symbol.asyncDispose]();
  signsInto(journal)(heard(panic, 1));
  await expect(journal.append({ t: 'lab-back', bootId: 'x' })).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' });
});
