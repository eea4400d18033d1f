import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readLines } from './read-lines.ts';
import { triageResult } from './result.ts';
import { triageText } from './result-text.ts';
import { Survey } from './survey.ts';

async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  let from = 0;
  for (let index = 0; from < bytes.length; index += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[index % sizes.length] ?? 1);
    yield Buffer.from(bytes.subarray(from, from + size));
    from += size;
  }
}

async function linesOf(bytes: Uint8Array, sizes: readonly number[] = []): Promise<string[]> {
  const lines: string[] = [];
  await readLines(chunked(bytes, sizes), (line) => lines.push(line));
  return lines;
}

it('gives the same lines however the bytes arrive', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme' }).filter((line) => !line.includes('\n'))),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      async (lines, sizes) => {
        const text = lines.map((line) => `${line}\n`).join('');
        expect(await linesOf(Buffer.from(text), sizes)).toEqual(await linesOf(Buffer.from(text)));
      },
    ),
  ));

it('reads what Windows writes', async () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('TASK OK\r\nTASK OK', 'utf16le')]);
  expect((await linesOf(bytes, [3])).map((line) => line.trim())).toEqual(['TASK OK', 'TASK OK']);
});

it('cuts a line that has no end', async () => {
  const [first, second] = await linesOf(Buffer.from(`${'x'.repeat(1_000_000)}\nnext`), [4096]);
  expect([first?.length, second]).toEqual([16_384, 'next']);
});

async function triaged(bytes: Uint8Array, sizes: readonly number[]): Promise<string> {
  const survey = new Survey();
  survey.beginSource('noise');
  await readLines(chunked(bytes, sizes), (line) => survey.takeLine(line));
  const result = triageResult(survey);
  expect(() => JSON.stringify(result)).not.toThrow();
  return triageText(result);
}

it('any bytes come to something', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 2000 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
      async (bytes, sizes) => {
        expect(await triaged(bytes, sizes)).toContain('noise: ');
      },
    ),
  ));

const catalogue = ['kernel-lines.txt', 'program-lines.txt'].flatMap((file) =>
  readFileSync(new URL(`../pci/kernel-catalogue/fixtures/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.replace(/^\S+ +\S+ +\S+ +/, '')),
);
const post = readFileSync(new URL('fixtures/crosshair-forum-post.txt', import.meta.url), 'utf8').split('\n');

/** Time of the processor that one line costs, in milliseconds: others on the machine do not count. */
function costMs(line: string): number {
  const survey = new Survey();
  survey.beginSource('noise');
  const before = process.cpuUsage();
  survey.takeLine(line);
  return process.cpuUsage(before).user / 1000;
}

it('no line is slow, whatever it repeats', () => {
  const longest = 16_384;
  const kinds = new Map(catalogue.map((line) => [line.slice(0, 12), line]));
  const lines = ['', ...kinds.values()].flatMap((begin) =>
    ['UPID:', '0000:2b:00.0 ', 'x'].map((piece) => begin + piece.repeat(longest / piece.length)),
  );
  // A pattern that goes back and forth takes hundreds of milliseconds. Whatever else was in the way is not there twice.
  const slow = lines.filter((line) => costMs(line) > 100 && costMs(line) > 100 && costMs(line) > 100);
  expect(slow.map((line) => line.slice(0, 60))).toEqual([]);
});

it('real lines come to something in any order, cut and stirred with noise', () => {
  const real = fc.constantFrom(...catalogue, ...post);
  const cut = fc
    .tuple(real, fc.nat(), fc.nat())
    .map(([line, a, b]) => line.slice(a % (line.length + 1)).slice(0, b % 200));
  const prefix = fc.constantFrom(
    '',
    '[  1.5] ',
    '> ',
    'Nov 22 11:49:54 pve kernel: ',
    'IOMMU Group 3 ',
    '\t',
    'Nov 22 11:49:54 pve QEMU[1]: ',
  );
  const line = fc.tuple(prefix, fc.oneof(real, cut, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''));
  return fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 60 }), async (lines) => {
      expect(await triaged(Buffer.from(lines.join('\n')), [97])).toContain('noise: ');
    }),
  );
});
