import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deadConfig, SyntheticJournal } from '../judge/synthetic-journal.ts';
import { comeback } from '../test/comeback-process.ts';
import { fiveFunctions, judged, usb } from '../test/judged-journal.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { exitCodeOf } from './outcome-exit.ts';

const begun = (): SyntheticJournal => new SyntheticJournal(fiveFunctions).begin();
const dead = { health: { after: [{ address: usb, change: { config: deadConfig } }] } };
const clean = begun().cycle().cycle().finish();
const lost = begun().cycle().cycle(dead).finish();
const infra = begun()
  .cycle({ start: { ok: false, output: 'got timeout' } })
  .finish();

describe('the exit code of a run', () => {
  it.each<[string, SyntheticJournal, number]>([
    ['that passed', clean, 0],
    ['that lost a device', lost, 1],
    ['that lost a device before it was interrupted', begun().cycle(dead).finish('interrupted'), 1],
    ['that lost a device before it lost the lab', begun().cycle(dead).finish('infra'), 1],
    ['in which the lab failed', infra, 3],
    ['that was refused', begun().finish('refused'), 4],
    ['that was interrupted', begun().cycle().finish('interrupted'), 130],
    ['whose controller died', begun().cycle(), 3],
    ['that did nothing', begun().finish(), 3],
    ['that was only to verify', new SyntheticJournal(fiveFunctions).begin(0).finish(), 0],
  ])('%s', (_what, journal, exitCode) => expect(exitCodeOf(judged(journal.events))).toBe(exitCode));
});

describe('comeback report', () => {
  it('finds runs by their names, prints the verdicts, writes the reports and compares two', async () => {
    await using reports = await temporaryDirectory();
    await storeRun(join(reports.path, 'night'), lost.events);
    await storeRun(join(reports.path, 'day'), clean.events);

    const result = await comeback(['report', 'night', 'day', '--reports', reports.path]);

    expect(result.exitCode, result.stderr).toBe(1);
    expect(result.stdout).toMatch(/^FAIL: 2 of 3 cycles/);
    expect(result.stdout).toMatch(/0000:2c:00\.3 +usb +survived 1 of 2, lost 1 since cycle 2/);
    expect(result.stdout).toContain(join(reports.path, 'night', 'junit.xml'));
    expect(result.stdout).toMatch(
      /Compared:\n.* {2}USB 2c:00\.3 failed 1 of 2 against 0 of 2: p = 1 \(Fisher\), 0\.62 \(Barnard\)\n/s,
    );
    expect(await readFile(join(reports.path, 'night', 'junit.xml'), 'utf8')).toContain('<failure');
  });

  it('says of each function how it was reset, and how that is known', async () => {
    await using reports = await temporaryDirectory();
    const night = begun().append({ t: 'reset-source', source: 'kernel-events' });
    night.cycle({
      start: { ok: true, output: `kvm: vfio: Cannot reset device ${usb}, depends on group 15 which is not owned.` },
    });
    night
      .append({ t: 'resets', cycle: 1, resets: [{ function: usb, method: 'none', returned: -25 }], ms: [0] })
      .finish();
    await storeRun(join(reports.path, 'night'), night.events);

    const { stdout } = await comeback(['report', 'night', '--reports', reports.path]);

    expect(stdout).toContain('Resets (provenance: kernel events):');
    expect(stdout).toContain('USB 2c:00.3 is never reset between guests: bus reset refused, group 15 not owned');
  });

  it('finds a run by its directory, and gives machines one object and nothing else', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(directory.path, clean.events);

    const result = await comeback(['report', directory.path, '--json']);

    expect(result.exitCode, result.stderr).toBe(0);
    expect(JSON.parse(result.stdout)).toMatchObject({
      outcome: 'pass',
      cycles: 2,
      reports: { junit: join(directory.path, 'junit.xml') },
    });
  });

  it('gives several runs as one object, and leaves with the gravest of their codes', async () => {
    await using reports = await temporaryDirectory();
    for (const [name, { events }] of Object.entries({ clean, infra, lost })) {
      await storeRun(join(reports.path, name), events);
    }
    const result = await comeback(['report', 'clean', 'infra', 'lost', '--reports', reports.path, '--json']);

    expect(result.exitCode, result.stderr).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      runs: [{ outcome: 'pass' }, { outcome: 'infra' }, { outcome: 'fail' }],
    });
  });

  it('writes nothing where one of the names is wrong, and tells the names that exist', async () => {
    await using reports = await temporaryDirectory();
    await storeRun(join(reports.path, 'night'), clean.events);

    const result = await comeback(['report', 'night', 'nigth', '--reports', reports.path]);

    expect(result.exitCode).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toMatch(/There is no run "nigth".*night/);
    await expect(readFile(join(reports.path, 'night', 'junit.xml'))).rejects.toThrow(/ENOENT/);
  });

  it('wants to know which run', async () => expect((await comeback(['report'])).exitCode).toBe(2));
});
