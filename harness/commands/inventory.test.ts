import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-inventory-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Runs the real program in the directory of the project. */
function comeback(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', join(root, 'harness/cli.ts'), 'inventory', ...args], {
      cwd: root,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('comeback inventory check', () => {
  it('prints the hosts and functions of the inventory in the current directory', async () => {
    const { code, stdout, stderr } = await comeback('check');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('lab-inventory.yaml: 2 hosts, no problems\n');
    expect(stdout).toContain('\nelysium: root@elysium.lan:22, ROG CROSSHAIR VII HERO, proxmox VM 100\n');
    expect(stdout).toContain('\n  2c:00.3  1022:145f  usb    CPU USB\n');
    expect(stdout).toContain('\nvirtual: virtual lab "virtual", ');
  });

  it('as JSON', async () => {
    const { code, stdout } = await comeback('check', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      inventory: 'lab-inventory.yaml',
      ok: true,
      hosts: [
        { name: 'elysium', hostpci: ['2b:00,pcie=1', '2c:00.3,pcie=1', '2d:00.3,pcie=1', '03:00.0,pcie=1'] },
        { name: 'virtual', ssh: { virtualLab: 'virtual' } },
      ],
    });
  });

  it('prints every problem and ends with 2', async () => {
    const file = join(directory, 'lab.yaml');
    await writeFile(file, 'hosts:\n  elysium: {}\nhots: 1\n');
    const { code, stdout, stderr } = await comeback('check', '--inventory', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      `comeback: 6 problems in ${file}:`,
      ...['ssh', 'identity', 'vm', 'functions', 'hostpci'].map((key): unknown =>
        expect.stringContaining(`${file}:2:3 hosts.elysium.${key}: is missing. `),
      ),
      `${file}:3:1 hots: unknown key; did you mean "hosts"?`,
      '',
    ]);
  });

  it('prints them as JSON, ends with 2', async () => {
    const file = join(directory, 'lab.yaml');
    await writeFile(file, 'hosts: {}\n');
    const { code, stdout, stderr } = await comeback('check', '--inventory', file, '--json');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const problem = { line: 1, column: 8, path: 'hosts', message: 'names no host: describe at least one' };
    expect(JSON.parse(stdout)).toMatchObject({
      inventory: file,
      ok: false,
      code: 'INVENTORY_INVALID',
      problems: [problem],
    });
  });

  it('a megabyte of garbage ends with one line', async () => {
    const file = join(directory, 'garbage');
    await writeFile(file, Buffer.alloc(1_000_000, 'x: ]\n'));
    expect(await comeback('check', '--inventory', file)).toEqual({
      code: 2,
      stdout: '',
      stderr: `comeback: ${file}:1:1 is larger than 128 KiB: this is no lab inventory\n`,
    });
  });
});

describe('comeback inventory schema', () => {
  it('prints a JSON Schema', async () => {
    const { code, stdout } = await comeback('schema');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      required: ['hosts'],
    });
  });
});
