import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { comeback, type CommandResult } from '../test/comeback-process.ts';
import { begun } from '../test/judged-journal.ts';
import { storeRun } from '../test/stored-run.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';

const clean = begun(1).cycle().finish();
const headline = '## PASS: 1 of 1 cycle on nowhere, 0 host reboots\n';

async function report(directory: string, step: string, ...more: string[]): Promise<CommandResult> {
  const args = ['report', 'night', '--reports', directory, ...more];
  return await comeback(args, { env: { GITHUB_STEP_SUMMARY: step } });
}

describe('the job summary', () => {
  it('takes the place of the file that was asked for, and is appended to what the step said before', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(join(directory.path, 'night'), clean.events);
    const [step, file] = [join(directory.path, 'step.md'), join(directory.path, 'night.md')];
    await writeFile(step, 'before\n');
    await writeFile(file, 'old');
    const { exitCode, stderr } = await report(directory.path, step, '--summary', file, '--junit-profile', 'strict');
    expect(exitCode, stderr).toBe(0);
    expect(await readFile(file, 'utf8')).toMatch(new RegExp(`^${headline}`));
    expect(await readFile(step, 'utf8')).toBe(`before\n${await readFile(file, 'utf8')}\n`);
    expect(await readFile(join(directory.path, 'night', 'junit.xml'), 'utf8')).not.toMatch(/<testsuites [^>]*skipped/);
  });

  it('is one line where the step has little room left, and nothing where it has none', async () => {
    await using directory = await temporaryDirectory();
    await storeRun(join(directory.path, 'night'), clean.events);
    const step = join(directory.path, 'step.md');
    await writeFile(step, '.'.repeat(1024 * 1024 - 100));
    await report(directory.path, step);
    expect((await readFile(step, 'utf8')).replace(/^\.+/, '')).toBe(`- ${headline.slice(3)}\n`);
    const full = await readFile(step, 'utf8');
    await writeFile(step, full.padEnd(1024 * 1024, '.'));
    expect((await report(directory.path, step)).exitCode).toBe(0);
    expect(await readFile(step, 'utf8')).toHaveLength(1024 * 1024);
  });

  it("that cannot be written where it was asked for is said, and is CI's own matter where it was not", async () => {
    await using directory = await temporaryDirectory();
    await storeRun(join(directory.path, 'night'), clean.events);
    const taken = join(directory.path, 'taken');
    await mkdir(taken);
    const asked = await report(directory.path, '', '--summary', taken);
    expect(asked.exitCode).toBe(3);
    expect(asked.stderr).toMatch(/Cannot write .*taken: EISDIR.*comeback report RUN --summary/);
    const unasked = await report(directory.path, taken);
    expect(unasked.exitCode).toBe(0);
    expect(unasked.stderr).toContain('The job summary');
  });
});
