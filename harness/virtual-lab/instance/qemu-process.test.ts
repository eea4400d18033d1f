import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { instanceFiles } from './instance-files.ts';
import { isAlive, writtenIdentity } from './process-identity.ts';
import { startQemu } from './qemu-process.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-qemu-'));
  vi.stubEnv('XDG_STATE_HOME', directory);
  vi.stubEnv('PATH', `${directory}${delimiter}${process.env['PATH'] ?? ''}`);
  await mkdir(instanceFiles('virtual').directory, { recursive: true });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** How a QEMU ends; one that ends at once may do so before its start has returned. */
async function endOf(argv: readonly string[]): Promise<void> {
  await (
    await startQemu(instanceFiles('virtual'), argv)
  ).ended;
}

/** Puts a program in the place of QEMU. */
async function qemuIs(script: string): Promise<void> {
  const path = join(directory, 'qemu-system-x86_64');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

describe('the start of QEMU', () => {
  test('is written down by the very process that becomes QEMU', async () => {
    await qemuIs('exec sleep 60');
    const files = instanceFiles('virtual');
    const { identity } = await startQemu(files, []);
    await expect.poll(() => writtenIdentity(files.qemuProcess)).toEqual(identity);
    expect(await isAlive(identity)).toBe(true);
    process.kill(identity.pid, 'SIGKILL');
    await expect.poll(() => isAlive(identity)).toBe(false);
  });

  test('is refused while another one of the same lab runs, and is possible once that is gone', async () => {
    await qemuIs('echo "$1" && exec sleep 60');
    const files = instanceFiles('virtual');
    const holder = spawn('sh', ['-c', 'exec 9>>"$1"; flock 9; echo; exec cat', 'sh', files.qemuLock]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    await expect(endOf([])).rejects.toThrow('another QEMU of this lab runs');
    const gone = new Promise((resolve) => holder.once('close', resolve));
    holder.stdin.end();
    await gone;
    const { identity } = await startQemu(files, []);
    expect(await isAlive(identity)).toBe(true);
    process.kill(identity.pid, 'SIGKILL');
  });

  test('tells what QEMU said when it ended', async () => {
    await qemuIs('echo "no such device: $1" >&2; exit 1');
    await expect(endOf(['-x'])).rejects.toThrow('with exit code 1: no such device: -x');
  });
});
