import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logCatalogue } from './catalogue.ts';
import { type KernelSeries, kernelSeries } from './log-line.ts';
import { recogniseKernelText, recogniseLogLine } from './recognise.ts';

interface Example {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** The accused function; `-` where the line names none. */
  readonly device: string;
  readonly text: string;
}

/** Columns: id, first and last version that word it so, the function it tells of, the text. `#` begins a comment. */
function examplesIn(file: string): readonly Example[] {
  return readFileSync(new URL(`fixtures/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, id = '', from = '', to = '', device = '', text = ''] =
        /^(\S+) +([\d.]+)\.\.([\d.]+) +(\S+) +(.*)$/.exec(line) ?? [];
      return { id, from, to, device, text };
    });
}

const ofKernel = examplesIn('kernel-lines.txt');
const ofOthers = examplesIn('program-lines.txt');
const age = (series: string): number => (kernelSeries as readonly string[]).indexOf(series);

describe.each(kernelSeries.filter((series) => series !== '3.10'))('kernel %s', (series: KernelSeries) => {
  const worded = ofKernel.filter(({ from, to }) => age(from) <= age(series) && age(series) <= age(to));

  it.each(worded)('$id: $text', ({ id, device, text }) => {
    const found = recogniseKernelText(text);
    expect([found?.line.id, found?.device ?? '-']).toEqual([id, device]);
  });

  it('has an example of every line that it prints', () => {
    const printed = logCatalogue.filter(
      ({ program, seen: [first, last] }) =>
        program === 'kernel' && age(first) <= age(series) && age(series) <= age(last),
    );
    const known = new Set(worded.map(({ id }) => id));
    expect(printed.filter(({ id }) => !known.has(id)).map(({ id }) => id)).toEqual([]);
  });
});

describe('QEMU, Proxmox and libvirt', () => {
  it.each(ofOthers)('$id: $text', ({ id, device, text }) => {
    const found = recogniseLogLine(text);
    expect([found?.line.id, found?.device ?? '-']).toEqual([id, device]);
  });

  it('have an example of every line', () => {
    const known = new Set([...ofKernel, ...ofOthers].map(({ id }) => id));
    expect(logCatalogue.filter(({ id }) => !known.has(id)).map(({ id }) => id)).toEqual([]);
  });
});

describe('the catalogue', () => {
  it('names each line once', () => expect(new Set(logCatalogue.map(({ id }) => id)).size).toBe(logCatalogue.length));

  it('knows the versions it speaks of', () => {
    const wrong = logCatalogue.filter(
      ({ program, seen: [first, last] }) => program === 'kernel' && (age(first) < 0 || age(last) < age(first)),
    );
    expect(wrong).toEqual([]);
  });

  it('says what to do about everything that is surely a fault', () => {
    const mute = logCatalogue.filter(
      (line) => line.class !== 'benign' && line.suspect === undefined && line.action === undefined,
    );
    expect(mute.map(({ id }) => id)).toEqual([]);
  });

  it('has beginnings that its index can find', () => {
    const lengths = logCatalogue.flatMap(({ begins }) => begins.map(({ length }) => length));
    expect(lengths.filter((length) => length === 0 || length === 2)).toEqual([]);
  });
});

it.each([
  'vfio-pci 0000:2b:00.0: something new in kernel 7',
  'usb 1-2: New USB device found, idVendor=046d',
  'kvm: warning: host does not support requested feature',
  'TASK ERROR:',
  '',
])('knows nothing of: %s', (text) => expect(recogniseLogLine(text)).toBeUndefined());

it('reads any text without throwing', () => {
  const word = fc.constantFrom(
    'kvm: ',
    'TASK ERROR: ',
    'vfio-pci 0000:2b:00.0: ',
    'AER: ',
    'not ready ',
    'error: ',
    '[',
    'x',
  );
  const anyText = fc.array(fc.nat(0x10ffff)).map((points) => String.fromCodePoint(...points));
  fc.assert(
    fc.property(fc.array(fc.oneof(word, anyText)), (words) => {
      recogniseLogLine(words.join(''));
    }),
  );
});
