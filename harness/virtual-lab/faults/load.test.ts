import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FaultRulesError } from './check.ts';
import { checkFaultRules, loadFaultRules } from './load.ts';

/** One rule as a file; flow style, so that columns are those of the rule. */
const file = (rule: string): string => `faults:\n  - {${rule}}\n`;

function messages(text: string): string[] {
  const checked = checkFaultRules(text);
  if (!('problems' in checked)) throw new Error(`accepted: ${checked.compiled}`);
  return checked.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

function compiled(text: string): string {
  const checked = checkFaultRules(text);
  if ('problems' in checked) throw new Error(messages(text).join('\n'));
  return checked.compiled;
}

describe('fault rules for the kernel module', () => {
  it('have a line each, with the port above a function and the chance in 2^-32', () => {
    const text = `
seed: 42
faults:
  - what: bridge-config-lost
    when: bus-reset
    where: '2b:00.0'
    after: 2
    probability: 0.25
    times: 1
    kernelWaits: true
    only: { bios: ['2901', '5*'], kernels: ['!*-bridgefix'], commandLine: ['pci=noaer'], boots: [1, 2] }
  - { what: slot-power-off, when: vm-stop, where: '0000:00:02.3' }
  - { what: kernel-panic, when: vm-start, thenReboots: true }
  - { what: hang-on-reset, when: bus-reset, seconds: 90 }
`;
    expect(compiled(text).split('\n')).toEqual([
      'seed\t42',
      [
        'rule\twhat=bridge-config-lost\twhen=bus-reset\tchance=1073741824\tport=0000:00:03.0\tfunction=0000:2b:00.0',
        'after=2\ttimes=1\twaits=1\tbios=2901\tbios=5*\tkernel=!*-bridgefix\tword=pci=noaer\tboot=1\tboot=2',
      ].join('\t'),
      'rule\twhat=slot-power-off\twhen=vm-stop\tchance=4294967296\tport=0000:00:02.3',
      'rule\twhat=kernel-panic\twhen=vm-start\tchance=4294967296\treboots=1',
      'rule\twhat=hang-on-reset\twhen=bus-reset\tchance=4294967296\tseconds=90',
      '',
    ]);
  });

  it.each([
    ["what: bridge-config-lost, when: bus-reset, where: '2d:00.3'", 'port=0000:00:08.0'],
    ["what: link-down, when: vm-stop, where: '03:00.1'", 'port=0000:00:02.3'],
    ["what: slot-power-off, when: boot, where: '00:07.0'", 'port=0000:00:07.0'],
    ["what: aer-uncorrectable, when: vm-stop, where: '00:03.0'", 'port=0000:00:03.0'],
    ["what: hang-on-reset, when: bus-reset, where: '2b:00.1'", 'port=0000:00:03.0'],
  ])('{%s} is at %s', (rule, port) => {
    expect(compiled(file(rule))).toMatch(new RegExp(`\\t${port}(\\t|\\n)`));
  });
});

describe('rules that make no sense on this board', () => {
  it.each([
    ['what: no-boot, when: vm-start', 'when', /runs no VM\. Write boot$/],
    ['what: sshd-dies, when: boot', 'when', /Write bus-reset or vm-start or vm-stop$/],
    ['what: hang-on-reset, when: vm-stop', 'when', /it is the reset that hangs\. Write bus-reset$/],
    ['what: link-down, when: vm-stop', 'where', /is missing.*'2b:00\.0', or '00:03\.0'/],
    ["what: link-down, when: vm-stop, where: '2b:00.2'", 'where', /no 2b:00\.2; it has .*2b:00\.1/],
    ["what: iommu-fault, when: vm-stop, where: '00:03.0'", 'where', /Write 2b:00\.0 or 2b:00\.1$/],
    ["what: link-down, when: vm-stop, where: '00:02.0'", 'where', /nothing is below the port 00:02\.0/],
    ["what: kernel-panic, when: vm-stop, where: '2b:00.0'", 'where', /whole host\. Leave "where" out/],
    ['what: kernel-panic, when: boot, after: 1', 'after', /only: \{boots: \[2\]\}/],
    ['what: no-boot, when: boot, times: 1', 'times', /only: \{boots: \[1\]\}/],
    ['what: sshd-dies, when: vm-stop, seconds: 3', 'seconds', /hang-on-reset/],
    ['what: sshd-dies, when: vm-stop, thenReboots: true', 'thenReboots', /kernel-panic/],
    ['what: no-boot, when: boot, kernelWaits: true', 'kernelWaits', /bridge-config-lost/],
  ])('{%s} is refused at its %s', (rule, key, words) => {
    const text = file(rule);
    const [, line = ''] = text.split('\n');
    const value = line.indexOf(`${key}: `) + `${key}: `.length;
    const [message = '', ...others] = messages(text);

    expect(others).toEqual([]);
    // A key that is missing has no place of its own; the rule has.
    const column = line.includes(`${key}: `) ? value + 1 : 5;
    expect(message.slice(0, message.indexOf(': '))).toBe(`2:${column} faults[0].${key}`);
    expect(message).toMatch(words);
  });
});

describe('files that are no fault rules', () => {
  it.each([
    ['', '1:1 : holds no fault rules'],
    ['faults: []\n', '1:9 faults: names no fault: describe at least one'],
    ['seed: 1\n', '1:1 faults: is missing. The rules.'],
    [file('what: link-dwn, when: vm-stop'), '2:12 faults[0].what: must be one of: bridge-config-lost, slot-power-off'],
    [file('what: no-boot, when: boot, were: x'), '2:33 faults[0].were: unknown key; did you mean "where"?'],
    [file('what: no-boot, when: boot, probability: 0'), '2:46 faults[0].probability: must be above 0'],
    [file('what: no-boot, when: boot, only: {}'), '2:39 faults[0].only: must hold at least one list'],
    [file('what: no-boot, when: boot, only: {bios: [2901]}'), '2:47 faults[0].only.bios[0]: must be text'],
    [file('what: no-boot, when: boot, only: {bios: ["a\\tb"]}'), '2:47 faults[0].only.bios[0]: must be printable'],
    [file('what: no-boot, when: boot, only: {boots: [0]}'), '2:48 faults[0].only.boots[0]: Too small'],
    [`seed: -1\n${file('what: no-boot, when: boot')}`, '1:7 seed: Too small'],
  ])('%j', (text, start) => {
    const [message = ''] = messages(text);
    expect(message.slice(0, start.length)).toBe(start);
  });

  it('name the file, the line and the column of everything that is wrong', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'comeback-faults-'));
    try {
      const path = join(directory, 'faults.yaml');
      await writeFile(path, 'faults:\n  - {what: no-boot, when: vm-stop}\n  - {what: link-down, when: vm-stop}\n');
      const error: unknown = await loadFaultRules(path).catch((thrown: unknown) => thrown);
      if (!(error instanceof FaultRulesError)) throw new Error('accepted', { cause: error });
      expect(error).toMatchObject({ code: 'LAB_FAULTS_INVALID', exitCode: 2 });
      expect(error.message.split('\n').map((line) => line.split(' ')[0])).toEqual([`${path}:2:27`, `${path}:3:5`]);
      await expect(loadFaultRules(join(directory, 'nowhere'))).rejects.toThrow(/nowhere \(ENOENT\)/);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
