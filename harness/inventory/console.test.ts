import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { hostConsole } from './console.ts';
import { loadInventory } from './load.ts';

it.each([
  [{ source: 'tcp', address: 'ser2net.lan', port: 3001 }],
  [{ source: 'unix', path: '/run/serial' }],
  [{ source: 'file', path: 'serial.txt' }],
  [{ source: 'command', command: ['script', '-qfec', 'ipmitool -E sol activate', '/dev/null'] }],
  [{ source: 'netconsole', from: '192.0.2.7' }],
  [{ source: 'virtual-lab' }],
])('takes %o', (config) => {
  expect(hostConsole.safeParse(config)).toMatchObject({ success: true });
});

it.each([
  ['an unknown source', { source: 'serial' }, /must have a source: tcp, unix/],
  [
    'a host name where only an address can match',
    { source: 'netconsole', from: 'elysium.lan' },
    /IP address, not a name/,
  ],
  ['an impossible port', { source: 'tcp', address: 'x', port: 65_536 }, /port/],
  ['no command', { source: 'command', command: [] }, /command/],
])('refuses %s', (_name, config, words) => {
  const issues = hostConsole.safeParse(config).error?.issues ?? [];
  expect(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n')).toMatch(words);
});

it('comes with the host, power beside it, paths from the directory of the inventory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'comeback-inventory-'));
  try {
    const path = join(directory, 'lab.yaml');
    await writeFile(
      path,
      `hosts:
  bench:
    ssh: { virtualLab: bench }
    identity: { board: ROG CROSSHAIR VII HERO }
    vm: { manager: proxmox, id: 100 }
    functions: [{ address: '2b:00.0', id: '10de:1c82', role: gpu }]
    hostpci: ['2b:00.0']
    power: { driver: tasmota, url: 'http://plug.lan', login: { user: admin, password: { file: secrets/plug } } }
    console: { source: file, path: ../serial.txt }
`,
    );
    const { hosts } = await loadInventory(path);
    expect(hosts[0]).toMatchObject({
      power: { relay: 1, login: { password: { file: join(directory, 'secrets/plug') } } },
      console: { path: join(directory, '../serial.txt') },
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
