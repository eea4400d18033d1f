import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comeback, type CommandResult } from '../test/comeback-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-inventory-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** In the directory of the project, whose inventory is the default. */
function inventory(...args: readonly string[]): Promise<CommandResult> {
  return comeback(['inventory', ...args], { cwd: root });
}

describe('comeback inventory check', () => {
  it('prints the hosts and functions of the inventory in the current directory', async () => {
    const { exitCode, stdout, stderr } = await inventory('check');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toContain('lab-inventory.yaml: 4 hosts, no problems\n');
    expect(stdout).toContain('\nelysium: root@elysium.lan:22, ROG CROSSHAIR VII HERO, proxmox VM 100\n');
    expect(stdout).toContain('\n  2c:00.3  1022:145f  usb    CPU USB\n');
    expect(stdout).toContain('\nvirtual: virtual lab "virtual", ');
  });

  it('as JSON', async () => {
    const { exitCode, stdout } = await inventory('check', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      inventory: 'lab-inventory.yaml',
      ok: true,
      hosts: [
        { name: 'elysium', hostpci: ['2b:00,pcie=1', '2c:00.3,pcie=1', '2d:00.3,pcie=1', '03:00.0,pcie=1'] },
        { name: 'virtual', ssh: { virtualLab: 'virtual' } },
        { name: 'virtual-libvirt', vm: { manager: 'libvirt', domain: 'vm102', uri: 'qemu:///system' } },
        { name: 'virtual-guest', vm: { manager: 'proxmox', id: 101 } },
      ],
    });
  });

  it('prints every problem and ends with 2', async () => {
    const file = join(directory, 'lab.yaml');
    await writeFile(file, 'hosts:\n  elysium: {}\nhots: 1\n');
    const { exitCode, stdout, stderr } = await inventory('check', '--inventory', file);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      `comeback: 5 problems in ${file}:`,
      ...['ssh', 'identity', 'vm', 'functions'].map((key): unknown =>
        expect.stringContaining(`${file}:2:3 hosts.elysium.${key}: is missing. `),
      ),
      `${file}:3:1 hots: unknown key; did you mean "hosts"?`,
      '',
    ]);
  });

  it('prints them as JSON, ends with 2', async () => {
    const file = join(directory, 'lab.yaml');
    await writeFile(file, 'hosts: {}\n');
    const { exitCode, stdout, stderr } = await inventory('check', '--inventory', file, '--json');
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
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
    expect(await inventory('check', '--inventory', file)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `comeback: ${file}:1:1 is larger than 128 KiB: this is no lab inventory\n`,
    });
  });
});

describe('comeback inventory schema', () => {
  it('prints a JSON Schema', async () => {
    const { exitCode, stdout } = await inventory('schema');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      required: ['hosts'],
    });
  });
});
