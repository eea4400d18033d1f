import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type CommandResult, comeback } from '../test/comeback-process.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { startTwin } from '../twin/twin.ts';

const own = '6.8.12-4-pve';
const other = '6.5.13-6-pve';
const boot = { loader: 'grub', kernels: [other] } as const;
const manual = { driver: 'manual', instructions: 'Put the stick with {version} into the port labelled BIOS' };

const outcomeOf = ({ stdout }: CommandResult): unknown => JSON.parse(stdout);

describe('verify with a cell', () => {
  it('boots it once, proves it, and keeps a journal', async () => {
    await using twin = await startTwin({ boot });
    await using bench = await TwinBench.create(twin);
    const lasting = twin.loader.lastingFiles;
    const cell = ['--kernel', other, '--cmdline', 'comeback.test=1'];

    const result = await comeback(['verify', ...bench.hostArgs, ...bench.reportsArgs, ...cell]);

    expect(result.exitCode, result.stderr).toBe(0);
    expect(result.stdout).toMatch(new RegExp(`Linux ${other}\\ncommand line: .* comeback\\.test=1`));
    expect(result.stdout).toContain('Split: every group holds only what the VM owns.');
    const events = await bench.lastEvents();
    expect(events.find(({ t }) => t === 'boot-done')).toMatchObject({
      ok: true,
      kernel: other,
      bootIdAfter: twin.bootId,
    });
    expect(events.at(-1)).toMatchObject({ t: 'run-finished', reason: 'cycles-done' });
    expect([twin.record.changes, twin.loader.armed, twin.loader.lastingFiles]).toEqual([[], null, lasting]);
  });

  it('of a kernel that is not there says which are, and boots nothing', async () => {
    await using twin = await startTwin({ boot });
    await using bench = await TwinBench.create(twin);
    const { bootId } = twin;

    const result = await comeback(['verify', ...bench.hostArgs, ...bench.reportsArgs, '--kernel', '6.9.9-9-pve']);

    expect(result.exitCode, result.stderr).toBe(2);
    expect(result.stderr).toContain(`no kernel 6.9.9-9-pve that its boot loader could start. It has: `);
    for (const kernel of [own, other]) expect(result.stderr).toContain(kernel);
    expect(twin.bootId).toBe(bootId);
  });

  it('whose BIOS a person must flash says how, and to verify again', async () => {
    await using twin = await startTwin({ boot, biosVersion: '2901' });
    await using bench = await TwinBench.create(twin, { bios: manual });
    const args = ['verify', ...bench.hostArgs, '--bios', '3103', ...bench.reportsArgs];

    const parked = await comeback(args);

    expect(parked.exitCode, parked.stderr).toBe(75);
    twin.flashBios('3103');
    await twin.reboot();
    const again = await comeback(commandIn(parked.stderr));
    expect(again.exitCode, again.stderr).toBe(0);
    expect(again.stdout).toContain('BIOS 3103');
  });
});

it('soak of a cell by its name boots it before the first cycle', async () => {
  await using twin = await startTwin({ boot });
  await using bench = await TwinBench.create(twin, { cells: { old: { kernel: other } } });

  const result = await comeback([...bench.soakArgs, '--cell', 'old', '--cycles', '1', '--json']);

  expect(result.exitCode, result.stderr).toBe(0);
  expect(outcomeOf(result)).toMatchObject({ outcome: 'pass', cycles: 1, hostReboots: 0 });
  expect(result.stderr).toContain('booting the cell old once, by grub');
  expect(await bench.runFile('junit.xml')).toContain(`<property name="kernel" value="${other}"/>`);
});

describe('soak of a BIOS that a person must flash', () => {
  it('parks, parks again while DMI shows the old one, and goes on in the same journal once it shows the new one', async () => {
    await using twin = await startTwin({ boot, biosVersion: '2901' });
    await using bench = await TwinBench.create(twin, { bios: manual });
    const parked = await comeback([
      ...bench.soakArgs,
      '--bios',
      '3103',
      '--cycles',
      '2',
      '--recover',
      'wait',
      '--json',
    ]);

    expect(parked.exitCode, parked.stderr).toBe(75);
    expect(outcomeOf(parked)).toMatchObject({ outcome: 'parked', cycles: 0 });
    expect(parked.stderr).toContain('Put the stick with 3103 into the port labelled BIOS.');
    const [run = ''] = await bench.runs();
    const resume = commandIn(parked.stderr);
    expect(resume).toEqual([
      'soak',
      '--resume',
      run,
      '--inventory',
      bench.inventory,
      '--reports',
      bench.reports,
      '--recover',
      'wait',
      '--json',
    ]);
    expect((await comeback(['report', run, ...bench.reportsArgs])).exitCode).toBe(75);

    const tooEarly = await comeback([...bench.soakArgs, '--resume', 'last']);
    expect(tooEarly.exitCode, tooEarly.stderr).toBe(75);
    expect(tooEarly.stderr).toContain('PARKED: Flash BIOS 3103 onto twin');
    expect([twin.record.changes, await bench.runs()]).toEqual([[], [run]]);

    twin.flashBios('3103');
    await twin.reboot();
    // Its controller died in the middle of a line.
    await appendFile(join(bench.reports, run, 'journal.ndjson'), '{"n":99,"at":17000');
    const resumed = await comeback(resume);

    expect(resumed.exitCode, resumed.stderr).toBe(0);
    expect(outcomeOf(resumed)).toMatchObject({ run, outcome: 'pass', cycles: 2 });
    expect(resumed.stderr).toContain('resumed: the BIOS is 3103 now');
    expect(resumed.stderr).toContain('cycle 2/2: pass');
    expect(await bench.runs()).toEqual([run]);
    const kinds = (await bench.lastEvents()).map(({ t }) => t);
    expect(kinds.filter((kind) => ['run-started', 'parked', 'resumed', 'run-finished'].includes(kind))).toEqual([
      ...['run-started', 'parked', 'run-finished', 'parked', 'run-finished', 'resumed', 'run-finished'],
    ]);

    const over = await comeback([...bench.soakArgs, '--resume', 'last']);
    expect([over.exitCode, over.stderr]).toEqual([2, expect.stringContaining(`The run ${run} is over after 2 cycles`)]);
    expect((await bench.lastEvents()).map(({ t }) => t)).toEqual(kinds);
  });

  it.each([
    ['more cycles', ['--cycles', '3'], /leave out the cell and --cycles/],
    ['another cell', ['--kernel', other], /leave out the cell and --cycles/],
    ['nothing, where there is no run', [], /There is no run in/],
  ])('cannot be resumed with %s', async (_what, args, says) => {
    await using twin = await startTwin({});
    await using bench = await TwinBench.create(twin);
    const result = await comeback([...bench.soakArgs, '--resume', 'last', ...args]);
    expect(result.exitCode, result.stderr).toBe(2);
    expect(result.stderr).toMatch(says);
    expect(twin.record.events).toEqual([]);
  });
});

/** The words of the command that a parked run tells a person to type, without the program itself. */
function commandIn(stderr: string): string[] {
  const [, words] = /Then go on with it: comeback (.*)$/m.exec(stderr) ?? [];
  if (words === undefined || words.includes("'")) throw new Error(`no plain command in ${stderr}`);
  return words.split(' ');
}
