import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Inventory, LabHostConfig } from './config.ts';
import { hostByName, loadInventory } from './load.ts';
import { InventoryError } from './problem.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'comeback-inventory-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function load(content: string | Uint8Array): Promise<Inventory> {
  const file = join(directory, 'lab.yaml');
  await writeFile(file, content);
  return loadInventory(file, { home: '/home/ada' });
}

/** The problems as printed, without the file and the heading. */
async function problems(content: string | Uint8Array): Promise<string[]> {
  const error: unknown = await load(content).catch((thrown: unknown) => thrown);
  if (!(error instanceof InventoryError)) throw new Error('the inventory was accepted', { cause: error });
  const lines = error.message.split('\n').map((line) => line.replace(`${directory}/lab.yaml:`, ''));
  return lines.length === 1 ? lines : lines.slice(1);
}

const good = `hosts:
  elysium:
    ssh:
      address: elysium.lan
      key: { file: ~/.ssh/id_ed25519 }
      hostKey: { knownHosts: keys/known_hosts }
    identity:
      board: ROG CROSSHAIR VII HERO
    vm: { manager: proxmox, id: 100 }
    functions:
      - { address: 2B:00.0, id: 10DE:1c82, role: gpu }
      - { address: '0000:2b:00.1', id: 10de:0fb9, role: gpu }
      - { address: 2c:00.3, id: 1022:145f, role: usb }
    hostpci:
      - 2b:00,pcie=1
      - host=0000:2c:00.3,rombar=0
`;

/** The good inventory with one line replaced: same line numbers as long as the new text is one line. */
function withLine(old: string, replacement: string): string {
  if (good.split(old).length !== 2) throw new Error(`"${old}" must stand once in the good inventory`);
  return good.replace(old, () => replacement);
}

describe('a good inventory', () => {
  it('is normalised: defaults, full addresses, lower case, absolute paths', async () => {
    const [host, ...others] = (await load(good)).hosts;
    expect(others).toEqual([]);
    expect(host).toEqual({
      name: 'elysium',
      ssh: {
        address: 'elysium.lan',
        port: 22,
        user: 'root',
        key: { file: '/home/ada/.ssh/id_ed25519' },
        hostKey: { knownHosts: join(directory, 'keys/known_hosts') },
      },
      identity: { board: 'ROG CROSSHAIR VII HERO' },
      vm: { manager: 'proxmox', id: 100 },
      functions: [
        { address: '0000:2b:00.0', id: '10de:1c82', role: 'gpu' },
        { address: '0000:2b:00.1', id: '10de:0fb9', role: 'gpu' },
        { address: '0000:2c:00.3', id: '1022:145f', role: 'usb' },
      ],
      hostpci: [
        { line: '2b:00,pcie=1', prefixes: ['0000:2b:00'], options: new Map([['pcie', '1']]) },
        { line: 'host=0000:2c:00.3,rombar=0', prefixes: ['0000:2c:00.3'], options: new Map([['rombar', '0']]) },
      ],
      settle: { afterStartMs: 2_000, afterStopMs: 2_000 },
      cells: [],
      limits: {
        ...{ rebootsPerHour: 12, rebootsPerRun: 100, powerCyclesPerRun: 20 },
        ...{ unaskedRebootsPerHour: 3, unaskedRebootsPerRun: 10 },
      },
      timeouts: {
        ...{ connectMs: 20_000, commandMs: 30_000, vmStartMs: 180_000, vmStopMs: 180_000 },
        ...{ vmShutdownMs: 90_000, vmKillMs: 20_000 },
        ...{ bootMs: 600_000, powerMs: 120_000, flashMs: 1_800_000, wedgeMs: 360_000 },
      },
    });
  });

  it.each([
    ['{ env: LAB_KEY }', { env: 'LAB_KEY' }],
    ['{ agent: SSH_AUTH_SOCK }', { agent: 'SSH_AUTH_SOCK' }],
    ['{ agent: ~/agent.sock }', { agent: '/home/ada/agent.sock' }],
    ['{ file: /etc/lab/key }', { file: '/etc/lab/key' }],
  ])('takes the key from %s', async (key, expected) => {
    const [host] = (await load(withLine('{ file: ~/.ssh/id_ed25519 }', key))).hosts;
    expect(host?.ssh).toMatchObject({ key: expected });
  });

  it('takes anchors: a value may stand once and be used twice', async () => {
    const text = withLine('key: { file: ~/.ssh/id_ed25519 }', 'key: { file: &path /k }').replace(
      'keys/known_hosts',
      '*path',
    );
    expect((await load(text)).hosts[0]?.ssh).toMatchObject({ key: { file: '/k' }, hostKey: { knownHosts: '/k' } });
  });

  it('the inventory of the project is one', async () => {
    const { hosts } = await loadInventory(new URL('../../lab-inventory.yaml', import.meta.url).pathname);
    expect(hosts.map(({ name }) => name)).toEqual(['elysium', 'virtual', 'virtual-libvirt', 'virtual-guest']);
    const elysium = hosts[0];
    expect(elysium?.ssh).toMatchObject({ hostKey: { knownHosts: join(homedir(), '.ssh/known_hosts') } });
    expect(elysium?.functions.map(({ address, id }) => `${address} ${id}`)).toEqual([
      '0000:2b:00.0 10de:1c82',
      '0000:2b:00.1 10de:0fb9',
      '0000:2c:00.3 1022:145f',
      '0000:2d:00.3 1022:1457',
      '0000:03:00.0 1022:43d0',
    ]);
    expect(hosts[1]?.ssh).toEqual({ virtualLab: 'virtual' });
  });
});

describe('one mistake, one message at its place', () => {
  const known =
    'description, ssh, identity, vm, functions, hostpci, override, power, console, bios, guest, cells, recovery, limits, notify, settle, timeouts';
  it.each([
    // Shape of values.
    [
      'elysium.lan\n',
      'elysium.lan\n      port: 70000\n',
      '5:13 hosts.elysium.ssh.port: Too big: expected number to be <=65535',
    ],
    [
      'elysium.lan\n',
      'elysium.lan\n      port: "22"\n',
      '5:13 hosts.elysium.ssh.port: Invalid input: expected number, received string',
    ],
    [
      'address: elysium.lan',
      'address: root@elysium',
      '4:16 hosts.elysium.ssh.address: must be a host name or an IP address alone: the user goes into "user"',
    ],
    [
      'address: elysium.lan',
      'address: elysium:22',
      '4:16 hosts.elysium.ssh.address: must be a host name or an IP address alone, without brackets: the port goes into "port"',
    ],
    [
      'address: elysium.lan',
      'address: -oProxy',
      '4:16 hosts.elysium.ssh.address: must be a host name or an IP address',
    ],
    [
      'address: elysium.lan',
      'address:',
      '4:7 hosts.elysium.ssh.address: Invalid input: expected string, received null',
    ],
    ['address: elysium.lan', 'address: ""', '4:16 hosts.elysium.ssh.address: must not be empty'],
    [
      '~/.ssh/id',
      '~bob/id',
      '5:20 hosts.elysium.ssh.key.file: only "~/" is expanded: write the home directory of another user in full',
    ],
    [
      '{ file: ~/.ssh/id_ed25519 }',
      '{ file: a, env: B }',
      '5:12 hosts.elysium.ssh.key: must be exactly one of {file: PATH}, {env: VARIABLE}, {agent: SSH_AUTH_SOCK}',
    ],
    [
      '{ file: ~/.ssh/id_ed25519 }',
      '~/.ssh/id_ed25519',
      '5:12 hosts.elysium.ssh.key: must be exactly one of {file: PATH}, {env: VARIABLE}, {agent: SSH_AUTH_SOCK}',
    ],
    [
      '{ file: ~/.ssh/id_ed25519 }',
      '{ env: not a name }',
      '5:19 hosts.elysium.ssh.key.env: must be the name of an environment variable, never the key itself',
    ],
    [
      '{ knownHosts: keys/known_hosts }',
      '{ sha256: MD5:aa }',
      '6:26 hosts.elysium.ssh.hostKey.sha256: must be a fingerprint as "ssh-keygen -l" prints it: SHA256: and 43 characters',
    ],
    [
      'board: ROG',
      'bios: [2304]\n      board: ROG',
      '8:14 hosts.elysium.identity.bios[0]: must be text: YAML reads it as the number 2304, so put it in quotes',
    ],
    [
      'manager: proxmox',
      'manager: vmware',
      '9:20 hosts.elysium.vm.manager: must be one of: {manager: proxmox, id: VMID}, {manager: libvirt, domain: NAME}',
    ],
    ['id: 100', 'id: 99', '9:33 hosts.elysium.vm.id: Too small: expected number to be >=100'],
    [
      '2B:00.0',
      '2b:00',
      '11:20 hosts.elysium.functions[0].address: is no address of one PCI function: write it as lspci does, as in "2b:00.0" or "0000:2b:00.0"',
    ],
    [
      '10DE:1c82',
      '10de-1c82',
      '11:33 hosts.elysium.functions[0].id: must be vendor:device as lspci -n prints it, as in "10de:1c82"',
    ],
    ['role: usb', 'role: keyboard', '13:50 hosts.elysium.functions[2].role: must be one of: gpu, usb, audio'],
    ['2b:00,pcie=1', '2b:00,pcie', '15:9 hosts.elysium.hostpci[0]: "pcie" is not of the form option=value'],
    [
      '    vm:',
      '    override: { acs: downstream multifunction }\n    vm:',
      '9:22 hosts.elysium.override.acs: must be a list of downstream, multifunction and id:vvvv:dddd, separated by commas',
    ],
    [
      '    vm:',
      '    settle: { afterStopMs: 2s }\n    vm:',
      '9:28 hosts.elysium.settle.afterStopMs: Invalid input: expected number, received string',
    ],
    [
      '    vm:',
      '    timeouts: { vmStopMs: 0 }\n    vm:',
      '9:27 hosts.elysium.timeouts.vmStopMs: Too small: expected number to be >=1',
    ],
    // Keys.
    ['  elysium:\n', '  Elysium:\n', '2:3 hosts.Elysium: a host name is lower-case letters, digits and "-"'],
    [
      '      board: ROG CROSSHAIR VII HERO\n',
      '      kernel: 6.8.12-4-pve\n',
      '7:5 hosts.elysium.identity.board: is missing. Expected /sys/class/dmi/id/board_name.',
    ],
    [
      '    vm: { manager: proxmox, id: 100 }\n',
      '',
      '2:3 hosts.elysium.vm: is missing. The passthrough VM and what manages it.',
    ],
    [
      ', role: usb',
      '',
      "13:9 hosts.elysium.functions[2].role: is missing. What the function is for. The GPU's own HDMI audio is gpu: they share one reset.",
    ],
    [
      '    hostpci:\n      - 2b:00,pcie=1\n      - host=0000:2c:00.3,rombar=0\n',
      '',
      '2:3 hosts.elysium.hostpci: is missing: a Proxmox VM is handed its functions by hostpci lines',
    ],
    [
      'manager: proxmox, id: 100',
      'manager: libvirt, domain: games',
      '15:7 hosts.elysium.hostpci: is of Proxmox VMs: remove it, for the XML of the domain says what it is handed over',
    ],
    ['    vm:', '    pasword: x\n    vm:', `9:5 hosts.elysium.pasword: unknown key; known here: ${known}`],
    [
      '    vm:',
      '    password: x\n    vm:',
      '9:5 hosts.elysium.password: is not a key of the inventory, and secrets have no place in it: give a file, an environment variable or an agent',
    ],
    ['    vm:', '    timeout: {}\n    vm:', '9:5 hosts.elysium.timeout: unknown key; did you mean "timeouts"?'],
    ['board: ROG', 'Bios: []\n      board: ROG', '8:7 hosts.elysium.identity.Bios: unknown key; did you mean "bios"?'],
    ['role: usb', 'role: usb, nmae: x', '13:55 hosts.elysium.functions[2].nmae: unknown key; did you mean "name"?'],
    ['hosts:\n', 'version: 1\nhosts:\n', '1:1 version: unknown key; known here: hosts'],
    ['hosts:\n', '"\\e[31m": 1\nhosts:\n', '1:1 ["\\u001b[31m"]: unknown key; known here: hosts'],
    // YAML.
    ['hosts:\n', 'hosts:\n  elysium: {}\n', '3:3 Map keys must be unique'],
    ['board: ROG', 'board: "ROG', '17:1 Missing closing "quote'],
    ['keys/known_hosts', '*nowhere', '6:30 no anchor &nowhere stands before this alias'],
    ['board: ROG', 'board: !secret ROG', '8:14 Unresolved tag: !secret'],
    // One value against another.
    ["'0000:2b:00.1'", '2b:00.0', '12:20 hosts.elysium.functions[1].address: 0000:2b:00.0 is already functions[0]'],
    [
      '      - host=0000:2c:00.3,rombar=0\n',
      '',
      '13:20 hosts.elysium.functions[2].address: no hostpci line gives 0000:2c:00.3 to the VM',
    ],
    [
      'rombar=0\n',
      'rombar=0\n      - 2d:00.3\n',
      '17:9 hosts.elysium.hostpci[2]: gives the VM a function that is not under "functions": add it there, or remove the line',
    ],
    [
      'rombar=0\n',
      'rombar=0\n      - 2b:00.1\n',
      '17:9 hosts.elysium.hostpci[2]: gives 0000:2b:00.1 to the VM, as hostpci[0] does already',
    ],
  ])('%j -> %j', async (old, replacement, expected) => {
    expect(await problems(withLine(old, replacement))).toEqual([expected]);
  });

  it.each([
    ['', '1:1 the inventory is empty: describe at least one host under "hosts"'],
    ['# only a comment\n', '1:1 the inventory is empty: describe at least one host under "hosts"'],
    ['hosts: {}', '1:8 hosts: names no host: describe at least one'],
    ['- a\n', '1:1 Invalid input: expected object, received array'],
    ['hosts:\n', '1:1 hosts: Invalid input: expected record, received null'],
    ['a: 1\n---\nb: 2\n', '2:1 Source contains multiple documents; please use YAML.parseAllDocuments()'],
  ])('%j', async (text, expected) => {
    expect(await problems(text)).toEqual([expected]);
  });
});

describe('secrets', () => {
  const message =
    'looks like a private key, and the inventory never holds one: put it into a file and write key: {file: PATH}, ' +
    'or use {env: VARIABLE} or {agent: SSH_AUTH_SOCK}';
  const body = 'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz';

  it.each([
    [
      'under a key',
      `      key: |\n        -----BEGIN OPENSSH PRIVATE KEY-----\n        ${body}\n        ${body}\n`,
      '5:9',
    ],
    ['on one line', `      key: { file: "-----BEGIN RSA PRIVATE KEY-----\\nMII" }\n`, '4:21'],
    ['without its header', `      key: { file: ${body} }\n`, '4:20'],
    ['in a comment', `      # -----BEGIN PRIVATE KEY-----\n`, '4:9'],
    ["in PuTTY's format", `      # PuTTY-User-Key-File-3: ssh-ed25519\n`, '4:9'],
  ])('a private key %s is refused and never quoted', async (_, text, place) => {
    const printed = await problems(`hosts:\n  elysium:\n    ssh:\n${text}`);
    expect(printed.filter((line) => line.endsWith(message))).toEqual([`${place} ${message}`]);
    expect(printed.join('\n')).not.toContain('BEGIN');
    expect(printed.join('\n')).not.toContain(body);
  });

  it.each([
    [
      'a fingerprint',
      withLine('{ knownHosts: keys/known_hosts }', '{ sha256: "SHA256:9ac5mJ4uAwKrIZ2HS1gJ0XkC4VhFQ8m2xJ0Yq9Yk1bA" }'),
    ],
    [
      'a long path',
      withLine('~/.ssh/id', '/srv/Lab1/keys/Controller7/a/very/long/directory/Name/that/goes/on/and/on/id'),
    ],
    ['a hash', `# ${'0123456789abcdef'.repeat(5)}\n${good}`],
  ])('%s is no private key', async (_, text) => {
    await expect(load(text)).resolves.toBeDefined();
  });
});

describe('many mistakes', () => {
  it('are all reported at once, in the order of the file, under their number', async () => {
    const text = withLine('address: elysium.lan', 'adress: elysium.lan')
      .replace('2B:00.0', '2b:00.1')
      .replace('id: 100', 'id: 1');
    const error: unknown = await load(text).catch((thrown: unknown) => thrown);
    if (!(error instanceof InventoryError)) throw new Error('the inventory was accepted');
    expect(error).toMatchObject({ code: 'INVENTORY_INVALID', kind: 'usage', exitCode: 2 });
    expect(error.message).toMatch(/^4 problems in .*\/lab\.yaml:\n/);
    expect(error.problems.map(({ line, column, path }) => [line, column, path])).toEqual([
      [3, 5, 'hosts.elysium.ssh.address'],
      [4, 7, 'hosts.elysium.ssh.adress'],
      [9, 33, 'hosts.elysium.vm.id'],
      [12, 20, 'hosts.elysium.functions[1].address'],
    ]);
  });

  it('a syntax error on each of two lines gives one problem for each', async () => {
    expect(await problems('hosts:\n  a: "b" c\n  d: ]\n')).toEqual([
      '2:10 Unexpected scalar at node end',
      '3:6 Unexpected flow-seq-end token in YAML stream: "]"',
    ]);
  });

  it('a message that quotes the file neither steers the terminal nor floods it', async () => {
    const [line = ''] = await problems(withLine('2b:00,pcie=1', `"\\e[31m${'x'.repeat(9_999)}"`));
    expect(line).toMatch(/^15:9 hosts\.elysium\.hostpci\[0\]: "\ufffd\[31mx+\.\.\.$/);
    expect(line.length).toBeLessThan(450);
  });

  it('of several syntax errors in one line the first is told', async () => {
    expect(await problems('hosts:\n  a: ] "b" c\n')).toEqual(['2:6 Unexpected flow-seq-end token in YAML stream: "]"']);
  });

  it('are cut on the terminal, not in the error', async () => {
    const many = `hosts: {}\n${Array.from({ length: 100 }, (_, index) => `k${index}x: 1\n`).join('')}`;
    const error: unknown = await load(many).catch((thrown: unknown) => thrown);
    if (!(error instanceof InventoryError)) throw new Error('the inventory was accepted');
    expect(error.problems).toHaveLength(101);
    expect(error.message.split('\n')).toHaveLength(32);
    expect(error.message).toMatch(/\.\.\. and 71 more$/);
  });
});

describe('no inventory at all', () => {
  it('a missing file', async () => {
    const file = join(directory, 'nowhere.yaml');
    await expect(loadInventory(file)).rejects.toMatchObject({
      code: 'INVENTORY_NOT_FOUND',
      exitCode: 2,
      message: `no inventory at ${file}: change to the directory that holds it, or name it with --inventory FILE`,
    });
  });

  it('a directory', async () => {
    await expect(loadInventory(directory)).rejects.toMatchObject({ code: 'INVENTORY_UNREADABLE', exitCode: 2 });
  });

  it('an endless device ends at the limit', async () => {
    await expect(loadInventory('/dev/zero')).rejects.toMatchObject({ code: 'INVENTORY_INVALID' });
  });

  it.each([
    ['1 MB of zeros', new Uint8Array(1_000_000), '1:1 is larger than 128 KiB: this is no lab inventory'],
    ['1 MB of text', 'x: ]\n'.repeat(200_000), '1:1 is larger than 128 KiB: this is no lab inventory'],
    [
      'bytes that are no text',
      Uint8Array.from({ length: 1000 }, (_, index) => index % 256),
      '1:1 is not UTF-8 text: this is no lab inventory',
    ],
    ['nested without end', '['.repeat(100_000), '1:1 cannot be read as YAML: nested too deeply'],
    [
      'an alias bomb',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${'*a,'.repeat(10)}]\nc: [${'*b,'.repeat(20)}]\n`,
      '1:1 cannot be read as YAML: Excessive alias count indicates a resource exhaustion attack',
    ],
  ])('%s: one message', async (_, content, expected) => {
    expect(await problems(content)).toEqual([expected]);
  });
});

describe('hostByName', () => {
  it.each([
    ['elysium', undefined],
    ['elysum', 'has no host "elysum"; did you mean "elysium"? Known hosts: elysium, virtual.'],
    ['nas', 'has no host "nas". Known hosts: elysium, virtual.'],
  ])('%s', async (name, message) => {
    const inventory = await load(`${good}  virtual:${good.slice(good.indexOf('elysium:') + 8)}`);
    if (message === undefined) expect(hostByName(inventory, name).name).toBe(name);
    else
      expect(() => hostByName(inventory, name)).toThrow(
        expect.objectContaining({
          code: 'INVENTORY_UNKNOWN_HOST',
          exitCode: 2,
          message: `${inventory.path} ${message}`,
        }),
      );
  });
});

describe('a domain of libvirt', () => {
  const domain = (vm: string): string => good.replace('manager: proxmox, id: 100', vm).replace(/ {4}hostpci:[^]*$/, '');

  it('needs its name alone', async () => {
    const { hosts } = await load(domain('manager: libvirt, domain: Windows 11 (games)'));
    expect(hosts[0]).toMatchObject({ vm: { domain: 'Windows 11 (games)', uri: 'qemu:///system' } });
    expect(hosts[0]?.hostpci).toBeUndefined();
  });

  it.each([
    ['domain: "100"', '9:37 hosts.elysium.vm.domain: virsh takes digits alone for the id of a running domain'],
    ['domain: -x', '9:37 hosts.elysium.vm.domain: must be the name of a domain'],
    ['domain: a/b', '9:37 hosts.elysium.vm.domain: must be the name of a domain'],
    ['id: 102', '9:5 hosts.elysium.vm.domain: is missing.'],
    ['domain: x, uri: qemu:///session', '9:45 hosts.elysium.vm.uri: must be that of the daemon of the host itself'],
    ['domain: x, uri: qemu+ssh://other/system', '9:45 hosts.elysium.vm.uri: must be that of the daemon'],
  ])('%s is refused', async (vm, expected) => {
    expect((await problems(domain(`manager: libvirt, ${vm}`))).join('\n')).toContain(expected);
  });
});

describe('properties', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,11}$/);
  const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
  const path = fc.array(word, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  const anyText = fc.string({ minLength: 1, maxLength: 40 });
  const address = fc
    .tuple(hex(4), hex(2), fc.stringMatching(/^[01][0-9a-f]$/), fc.integer({ min: 0, max: 7 }))
    .map(([domain, bus, slot, fn]) => `${domain}:${bus}:${slot}.${fn}`);
  const ms = fc.integer({ min: 1, max: 3_600_000 });
  const times = fc.integer({ min: 1, max: 100_000 });
  const ssh = fc.oneof(
    fc.record({ virtualLab: word }),
    fc.record({
      address: word,
      port: fc.integer({ min: 1, max: 65535 }),
      user: word,
      key: fc.oneof(fc.record({ file: path }), fc.record({ env: fc.constant('LAB_KEY') }), fc.record({ agent: path })),
      hostKey: fc.record({ knownHosts: path }),
    }),
  );
  const cell = fc.oneof(
    fc.record({ commandLine: word, description: anyText }),
    fc.record({ kernel: word, kernelPackage: path.map((file) => `${file}.deb`) }),
  );
  const host = fc
    .record({
      ssh,
      identity: fc.record({ board: anyText, bios: fc.array(anyText, { minLength: 1, maxLength: 3 }) }),
      vm: fc.record({ manager: fc.constant('proxmox'), id: fc.integer({ min: 100, max: 999_999_999 }) }),
      addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 5 }),
      id: fc.tuple(hex(4), hex(4)).map((parts) => parts.join(':')),
      role: fc.constantFrom('gpu', 'usb', 'audio'),
      settle: fc.record({ afterStartMs: ms, afterStopMs: ms }),
      timeouts: fc.record({
        ...{ connectMs: ms, commandMs: ms, vmStartMs: ms, vmStopMs: ms, vmShutdownMs: ms, vmKillMs: ms },
        ...{ bootMs: ms, powerMs: ms, flashMs: ms, wedgeMs: ms },
      }),
      limits: fc.record({
        ...{ rebootsPerHour: times, rebootsPerRun: times, powerCyclesPerRun: times },
        ...{ unaskedRebootsPerHour: times, unaskedRebootsPerRun: times },
      }),
      cells: fc.dictionary(word, cell, { maxKeys: 3, noNullPrototype: true }),
    })
    .map(({ addresses, id, role, ...rest }) => ({
      ...rest,
      functions: addresses.map((functionAddress) => ({ address: functionAddress, id, role })),
      hostpci: addresses.map((functionAddress) => `${functionAddress},pcie=1`),
    }));

  const asWritten = ({ name, ...config }: LabHostConfig) => [
    name,
    {
      ...config,
      hostpci: config.hostpci?.map(({ line }) => line),
      cells: Object.fromEntries(config.cells.map(({ name: cellName, ...asked }) => [cellName, asked])),
    },
  ];

  it('what is normalised stays as it is when it is written and read again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(word, host, { minKeys: 1, maxKeys: 3, noNullPrototype: true }), async (hosts) => {
        const read = await load(stringify({ hosts }));
        expect(Object.fromEntries(read.hosts.map(asWritten))).toEqual(hosts);
      }),
      { numRuns: 60 },
    );
  });

  it('any text ends in an InventoryError that points into the text', async () => {
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            'hosts',
            ':',
            ' ',
            '\n',
            '-',
            '{',
            '}',
            '[',
            ']',
            '&a',
            '*a',
            '"',
            '|',
            '?',
            '!',
            '#',
            'x',
            '<<',
          ),
          { maxLength: 40 },
        )
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (text) => {
        const error: unknown = await load(text).catch((thrown: unknown) => thrown);
        if (!(error instanceof InventoryError)) throw new Error('not an InventoryError', { cause: error });
        const lines = text.split('\n');
        for (const { line, column } of error.problems) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines.length);
          expect(column).toBeGreaterThan(0);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
        }
      }),
      { numRuns: 300 },
    );
  });
});
