import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../test/temporary-directory.ts';
import { FaultRulesError } from '../../virtual-lab/faults/check.ts';
import { ArmedRule } from './armed-rule.ts';
import { holdsIn } from './boot-facts.ts';
import { chanceOf, DrawStream } from './draws.ts';
import { kernelGlobMatches } from './kernel-glob.ts';
import { loadTwinFaults, parseTwinFaults } from './load.ts';

const facts = { biosVersion: '2901', kernelRelease: '6.8.12-4-pve', commandLine: 'root=/dev/sda2 quiet', boot: 2 };

/** Everything that is wrong with a script, as its file name and place come before it. */
function problemsOf(text: string): string[] {
  try {
    parseTwinFaults(text, 'f');
    return [];
  } catch (error) {
    if (!(error instanceof FaultRulesError)) throw error;
    return error.message.split('\n');
  }
}

describe('draws', () => {
  // What virtual-lab/module/draw.c gives, compiled by gcc 12, for draw_seed(seed, rule, boot).
  it.each([
    [42, 0, 1, [3748763702, 2431773947, 1727718268, 3254263167, 1509363475, 1194984348]],
    [42, 1, 1, [1278158837, 2740321749, 1656829159, 3723436461, 3369393953, 1283541693]],
    [42, 0, 2, [2135288141, 2693741855, 3326528355, 1471240445, 3689915291, 3238042249]],
    [0, 0, 1, [3220144176, 1599417572, 1882415043, 4097900091, 867839785, 2558803784]],
    [0xffff_ffff, 31, 65_535, [98911728, 2361722245, 3270015548, 3521609971, 3145395127, 508981448]],
  ])('of seed %i, rule %i, boot %i are those of the lab', (seed, rule, boot, numbers) => {
    const stream = new DrawStream(seed, rule, boot);
    expect(numbers.map(() => Number(stream.next()))).toEqual(numbers);
  });

  it('happen where they are below the chance', () => {
    const stream = new DrawStream(42, 0, 1);
    expect([1, 2, 3, 4].map(() => stream.happens(chanceOf(0.5)))).toEqual([false, false, true, false]);
    expect(chanceOf(Number.MIN_VALUE)).toBe(1n);
    expect(stream.happens(chanceOf(1))).toBe(true);
  });
});

it('a rule counts cycles before its moments, moments before its draws, and what happened', () => {
  const armed = new ArmedRule({ after: 2, skip: 1, times: 2, probability: 1 }, 0, new DrawStream(1, 0, 1));
  expect([0, 1, 2, 3, 4, 5].map((cycles) => armed.happens(cycles))).toEqual([false, false, false, true, true, false]);
});

it.each([
  ['2901', '2901', true],
  ['29*', '2901', true],
  ['29', '2901', false],
  ['*-pve', '6.8.12-4-pve', true],
  ['6.8.?2-*', '6.8.12-4-pve', true],
  ['root=*', 'root=/dev/sda2', true],
  ['[a-z]*', 'quiet', true],
  ['[!a-p]uiet', 'quiet', true],
  ['[!q]uiet', 'quiet', false],
  ['[]]', ']', true],
  ['a[b', 'a[b', true],
  [String.raw`\*`, '*', true],
  [String.raw`\*`, 'a', false],
  ['a.c', 'abc', false],
  ['a{1}+|^$', 'a{1}+|^$', true],
])('the pattern %s and %s: %s', (pattern, text, matches) => {
  expect(kernelGlobMatches(pattern, text)).toBe(matches);
});

it.each([
  [undefined, true],
  [{ bios: ['2*'], kernels: ['*-pve', '!5.*'], commandLine: ['quiet'], boots: [1, 2] }, true],
  [{ boots: [1] }, false],
  [{ bios: ['!2901'] }, false],
  [{ bios: ['!5*'] }, true],
  [{ commandLine: ['quie'] }, false],
  [{ kernels: ['6.*', '!*-pve'] }, false],
])('only: %j holds: %s', (only, holds) => {
  expect(holdsIn(only, facts)).toBe(holds);
});

describe('a script', () => {
  it('may hold what a lab has, by the same functions', () => {
    const { seed, faults, wire } = parseTwinFaults(`
seed: 42
faults:
  - { what: bridge-config-lost, when: bus-reset, where: '2b:00.0', probability: 0.3 }
  - { what: aer-uncorrectable, when: vm-stop, where: '00:03.1' }
wire:
  - { what: half-open, when: edge, thawMs: 5, skip: 2, times: 1 }`);
    expect(seed).toBe(42);
    expect(faults.map(({ where }) => where)).toEqual(['0000:2b:00.0', '0000:00:03.1']);
    expect(wire).toEqual([{ what: 'half-open', when: 'edge', thawMs: 5, skip: 2, times: 1, probability: 1 }]);
  });

  it('is read from a file', async () => {
    await using folder = await temporaryDirectory();
    const path = join(folder.path, 'faults.yaml');
    await expect(loadTwinFaults(path)).rejects.toThrow(FaultRulesError);
    await writeFile(path, 'wire: [{what: ssh-reset, when: edge}]');
    expect(await loadTwinFaults(path)).toMatchObject({ seed: 1, faults: [], wire: [{ what: 'ssh-reset' }] });
  });

  it.each([
    ['{}', /^f:1:1 names no fault/],
    ['faults: [{what: link-down, when: vm-stop}]', /or '00:03\.1' for the port above it$/],
    ["faults: [{what: link-down, when: vm-stop, where: '00:03.0'}]", /the board has no 00:03\.0; it has 00:01\.1, /],
    ["faults: [{what: slot-power-off, when: vm-stop, where: '2c:00.3'}]", /00:07\.1 .*has no slot.* Write link-down$/],
    ['wire: [{what: ssh-rest, when: edge}]', /^f:1:15 wire\[0\]\.what: .*'ssh-reset'/],
    ['wire: [{what: ssh-reset, when: vm-stop}]', /must be one of: session, qm-start, qm-stop, edge$/],
    ['wire: [{what: ssh-reset, when: edge, thawMs: 1}]', /unknown key/],
    ['wire: [{what: clock-jump, when: edge, seconds: 0}]', /must not be 0$/],
    ['wire: [{what: clock-jump, when: edge}]', /seconds: is missing\. How far/],
    ['wire: [{what: qm-lies, when: qm-stop, says: already-running}]', /Write when: qm-start$/],
  ])('%s is refused', (text, words) => {
    const [problem = 'accepted', ...others] = problemsOf(text);
    expect(others).toEqual([]);
    expect(problem).toMatch(words);
  });
});
