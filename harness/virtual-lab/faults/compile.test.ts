import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileFaults } from './compile.ts';
import { faultKind, faultKindNames } from './kinds.ts';
import { boardPlaces } from './places.ts';
import { type FaultRule, faultFileSchema } from './schema.ts';
import { nonsense } from './sense.ts';

const glob = fc.stringMatching(/^!?[a-z0-9*?=._ -]{1,20}$/);
const globs = fc.array(glob, { minLength: 1, maxLength: 3 });

/** Rules that are well formed; many make no sense. */
const ruleInput = fc.record(
  {
    what: fc.constantFrom(...faultKindNames),
    when: fc.constantFrom('bus-reset', 'vm-start', 'vm-stop', 'boot'),
    where: fc.constantFrom(...boardPlaces().keys()),
    after: fc.integer({ min: 0, max: 9 }),
    probability: fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }),
    times: fc.integer({ min: 1, max: 9 }),
    only: fc.record({ bios: globs, kernels: globs, commandLine: globs }),
    thenReboots: fc.boolean(),
  },
  { requiredKeys: ['what', 'when'] },
);

const fileInput = fc.record({ seed: fc.nat(), faults: fc.array(ruleInput, { minLength: 1, maxLength: 8 }) });

/** What the kernel module takes for the words of a line. */
function readBack(line: string): [string, string][] {
  return line.split('\t').map((word) => {
    const end = word.indexOf('=');
    return [word.slice(0, end), word.slice(end + 1)];
  });
}

it('every file that is well formed has a line for each rule, with nothing lost of what it says', () => {
  fc.assert(
    fc.property(fileInput, (input) => {
      const file = faultFileSchema.parse(input);
      const [seedLine, ...lines] = compileFaults(file).split('\n').slice(0, -1);

      expect(seedLine).toBe(`seed\t${file.seed}`);
      expect(lines).toHaveLength(file.faults.length);
      for (const [index, rule] of file.faults.entries()) {
        const [, ...words] = readBack(lines[index] ?? '');
        const valuesOf = (key: string): string[] => words.filter(([name]) => name === key).map(([, value]) => value);
        expect(valuesOf('what')).toEqual([rule.what]);
        expect(valuesOf('when')).toEqual([rule.when]);
        expect(valuesOf('bios')).toEqual(rule.only?.bios ?? []);
        expect(valuesOf('kernel')).toEqual(rule.only?.kernels ?? []);
        expect(valuesOf('word')).toEqual(rule.only?.commandLine ?? []);
        const [chance] = valuesOf('chance').map(Number);
        expect(chance).toBeGreaterThanOrEqual(1);
        expect(chance).toBeLessThanOrEqual(2 ** 32);
        expect(Math.abs((chance ?? 0) / 2 ** 32 - rule.probability)).toBeLessThan(2 ** -31);
      }
    }),
  );
});

it('a rule that makes sense has the place that its kind needs', () => {
  const makesSense = (rule: FaultRule): boolean => nonsense({ faults: [rule] }, boardPlaces()).length === 0;
  fc.assert(
    fc.property(fileInput, (input) => {
      for (const rule of faultFileSchema.parse(input).faults.filter(makesSense)) {
        const line = compileFaults({ seed: 1, faults: [rule] });
        const { where, moments } = faultKind(rule.what);
        expect(moments).toContain(rule.when);
        if (where !== 'reset-port') expect(line).toContain('\tport=');
        if (where === 'function') expect(line).toContain('\tfunction=');
      }
    }),
  );
});

it('the board is where the seed has it', () => {
  expect([...boardPlaces().keys()].map((address) => address.replace('0000:', ''))).toEqual([
    ...['00:02.0', '00:02.1', '00:02.3', '03:00.0', '03:00.1', '00:03.0', '2b:00.0', '2b:00.1'],
    ...['00:07.0', '2c:00.0', '2c:00.3', '00:08.0', '2d:00.0', '2d:00.2', '2d:00.3'],
  ]);
});
