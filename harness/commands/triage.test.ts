import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comeback } from '../test/comeback-process.ts';

const post = fileURLToPath(new URL('../triage/fixtures/crosshair-forum-post.txt', import.meta.url));
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-triage-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('comeback triage', () => {
  it('tells from a forum post what happened and what to do', async () => {
    const { exitCode, stdout, stderr } = await comeback(['triage', post]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const line of [
      'ROG CROSSHAIR VII HERO (WI-FI)\n  kernel 5.0.0-37-generic, BIOS 2901 of 10/16/2019\n',
      'pcie_acs_override=downstream,multifunction vfio-pci.ids=10de:1c82,10de:0fb9\n',
      '   15  SHARED  03:00.0 [1022:43d0] vfio-pci VM, 03:00.1 [1022:43c8] ahci, 03:00.2 [1022:43c6] pcieport bridge\n',
      '  2c:00.3 [1022:145f]  pm; bus reset refused: 2c:00.0, 2c:00.2 (ccp) on the same bus\n',
      '  03:00.0 [1022:43d0]  no method of its own; bus reset refused: ',
      '  [944.500000] reset-failed  2b:00.0  vfio-pci 0000:2b:00.0: not ready 65535ms after bus reset; giving up\n',
      '  2c:00.3  × 1  kvm: vfio: Cannot reset device 0000:2c:00.3, depends on group 18 which is not owned.\n      Expected: ',
      '  1. likely: 2b:00.0, 2b:00.1: The port above loses its config when its bus is reset, as AMD root ports 1022:1453 do',
      '  2. likely: 03:00.0: Cannot be passed through alone: IOMMU group 15 also holds 03:00.1 ',
    ]) {
      expect(stdout).toContain(line);
    }
  });

  it('as JSON, from several files and with their names', async () => {
    const other = join(directory, 'task.log');
    await writeFile(other, "TASK ERROR: no pci device info for device '0000:00:02.1'\n");
    const { exitCode, stdout } = await comeback(['triage', '--json', post, other]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      sources: [{ name: post }, { name: other, lines: 1, understood: 1 }],
      machines: [
        {
          board: 'ROG CROSSHAIR VII HERO (WI-FI)',
          causes: [
            { id: 'bridge-config-lost', sure: 'likely' },
            { id: 'group-shared', sure: 'likely' },
            { id: 'function-missing', evidence: [{ source: other, line: 1 }] },
          ],
        },
      ],
      notListed: 0,
    });
  });

  it('reads stdin', async () => {
    const { stdout } = await fromStdin('kvm: vfio: Unable to power on device, stuck in D3\n');
    expect(stdout).toContain('stdin: 1 line, 1 of them say something');
    expect(stdout).toContain('1. possible: A function does not wake');
  });

  it('has nothing to say of garbage, and ends well', async () => {
    const file = join(directory, 'garbage');
    await writeFile(file, randomBytes(300_000));
    const { exitCode, stdout, stderr } = await comeback(['triage', file]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('Nothing of a kernel log');
  });

  it.each([
    ['that does not exist', 'absent.txt'],
    ['that is a directory', '.'],
  ])('ends with 2 at a file %s', async (_, name) => {
    const file = join(directory, name);
    const { exitCode, stdout, stderr } = await comeback(['triage', post, file]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(`comeback: ${file} cannot be read: `);
  });

  it('ends with 2 where no file is named', async () => expect((await comeback(['triage'])).exitCode).toBe(2));
});

async function fromStdin(text: string): Promise<{ readonly stdout: string }> {
  const cli = fileURLToPath(new URL('../bin.mjs', import.meta.url));
  const child = spawn(process.execPath, [cli, 'triage', '-'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(text);
  let stdout = '';
  for await (const chunk of child.stdout) stdout += String(chunk);
  return { stdout };
}
