import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RawClient } from './raw-client.ts';
import { startTwin, type Twin, type TwinOptions } from './twin.ts';

const vmFunctions = ['2b:00.0', '2b:00.1', '2c:00.3', '2d:00.3', '03:00.0'];

function state(twin: Twin, address: string) {
  const folder = join(twin.root, 'sys/bus/pci/devices', `0000:${address}`);
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8').trimEnd();
  return {
    driver: basename(realpathSync(join(folder, 'driver'))),
    enable: read('enable'),
    power: read('power_state'),
    runtime: read('power/runtime_status'),
  };
}

const open = { driver: 'vfio-pci', enable: '1', power: 'D0', runtime: 'active' };
const idle = { driver: 'vfio-pci', enable: '0', power: 'D3hot', runtime: 'suspended' };

describe.each(['in process', 'from a real shell'])('qm %s', (way) => {
  const line = (command: string): string => (way === 'in process' ? command : `: ; ${command}`);

  it('starts and stops the VM, and leaves its functions on vfio-pci', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    expect((await client.exec(line('qm status 100'))).stdout).toBe('status: stopped\n');
    expect(state(twin, '2c:00.3')).toMatchObject({ driver: 'xhci_hcd', power: 'D0' });

    const started = await client.exec(line('qm start 100'));

    expect(started).toMatchObject({ exitCode: 0, stderr: '' });
    expect(started.stdout.split('\n').filter((text) => text.startsWith('kvm: '))).toEqual([
      expect.stringMatching(
        /^kvm: vfio: Cannot reset device 0000:2d:00\.3, depends on group \d+ which is not owned\.$/,
      ),
      expect.stringMatching(
        /^kvm: vfio: Cannot reset device 0000:03:00\.0, depends on group \d+ which is not owned\.$/,
      ),
    ]);
    for (const address of vmFunctions) expect(state(twin, address)).toEqual(open);
    expect(state(twin, '03:00.1').driver).toBe('ahci');
    const pidFile = join(twin.root, 'run/qemu-server/100.pid');
    expect(existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}`)).toBe(true);
    expect((await client.exec(line('qm status 100'))).stdout).toBe('status: running\n');
    expect(readFileSync(join(twin.root, 'dev/kmsg'), 'utf8')).toContain(
      'vfio-pci 0000:2b:00.0: enabling device (0000 -> 0003)',
    );

    expect(await client.exec(line('qm stop 100'))).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });

    for (const address of vmFunctions) expect(state(twin, address)).toEqual(idle);
    expect(existsSync(pidFile)).toBe(false);
    expect(twin.record.count('vm-started')).toBe(1);
    expect(twin.record.count('vm-stopped')).toBe(1);
    const resets = twin.record.events.flatMap((event) =>
      event.kind === 'reset' ? [`${event.function} ${event.method}`] : [],
    );
    expect(new Set(resets)).toEqual(new Set(['0000:2c:00.3 pm', '0000:2b:00.0 bus', '0000:2b:00.1 bus']));
  });

  it('lists, shows the config and the status as Proxmox prints them', async () => {
    await using twin = await startTwin({ vm: { lock: 'backup', running: true } });
    await using client = await RawClient.connect(twin);
    expect((await client.exec(line('qm list'))).stdout).toBe(
      '      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       \n' +
        `       100 passthrough          running    8192              64.00 ${String(process.pid).padEnd(10)}\n`,
    );
    const config = (await client.exec(line('qm config 100'))).stdout.trimEnd().split('\n');
    expect(config).toEqual([...config].sort());
    expect(config).toContain('lock: backup');
    expect(config).toContain('hostpci3: 03:00.0,pcie=1');
    const verbose = (await client.exec(line('qm status 100 --verbose'))).stdout;
    expect(verbose).toMatch(/^lock: backup$/m);
    expect(verbose).toMatch(/^proxmox-support:\n\tpbs-dirty-bitmap: 1$/m);
    expect(verbose).toMatch(/^qmpstatus: running$/m);
  });
});

describe('qm says no', () => {
  it.each<[string, TwinOptions, string, number, string]>([
    [
      'no such VM',
      { vm: { missing: true } },
      'qm status 100',
      2,
      "Configuration file 'nodes/elysium/qemu-server/100.conf' does not exist\n",
    ],
    [
      'no such VM to start',
      { vm: { missing: true } },
      'qm start 100',
      255,
      "Configuration file 'nodes/elysium/qemu-server/100.conf' does not exist\n",
    ],
    ['a config lock', { vm: { lock: 'backup' } }, 'qm start 100', 255, 'VM is locked (backup)\n'],
    ['a VM that runs', { vm: { running: true } }, 'qm start 100', 255, 'VM 100 already running\n'],
    [
      'a function that left the bus',
      { vm: { hostpci: ['7f:00,pcie=1'] } },
      'qm start 100',
      255,
      "no PCI device found for '7f:00'\n",
    ],
    ['an unknown command', {}, 'qm dance 100', 255, "ERROR: unknown command 'qm dance'\n"],
    ['no VM', {}, 'qm stop', 255, '400 not enough arguments\nqm stop <vmid> [OPTIONS]\n'],
    [
      'an unknown option',
      {},
      'qm start 100 --now',
      255,
      'Unknown option: now\n400 unable to parse option\nqm start <vmid> [OPTIONS]\n',
    ],
  ])('%s', async (_title, options, command, exitCode, stderr) => {
    await using twin = await startTwin(options);
    await using client = await RawClient.connect(twin);
    const before = twin.record.changes.length;
    expect(await client.exec(command)).toEqual({ stdout: '', stderr, exitCode, signal: null });
    expect(twin.record.changes).toHaveLength(before);
  });

  it('while somebody else holds the lock file', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    twin.qm.lockFileHeld = true;
    expect(await client.exec('qm start 100 --timeout 30')).toMatchObject({
      exitCode: 255,
      stderr: "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout\n",
    });
    expect((await client.exec('qm list')).stdout).toContain('stopped');
    expect(twin.record.changes).toEqual([]);
  });

  it('when the guest ignores the power button, until it is stopped', async () => {
    await using twin = await startTwin({ vm: { running: true } });
    await using client = await RawClient.connect(twin);
    twin.qm.ignoresShutdown = true;
    expect(await client.exec('qm shutdown 100')).toMatchObject({
      exitCode: 255,
      stderr: 'VM quit/powerdown failed - got timeout\n',
    });
    expect(twin.vmRunning).toBe(true);
    expect((await client.exec('qm shutdown 100 --forceStop 1')).exitCode).toBe(0);
    expect(twin.vmRunning).toBe(false);
  });

  it('once, when a fault was asked for', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    twin.failNextStart({ kind: 'timeout' });
    const failed = await client.exec('qm start 100');
    expect(failed.exitCode).toBe(255);
    expect(failed.stderr).toMatch(/^start failed: .*got timeout\n$/);
    expect(state(twin, '2b:00.0')).toEqual(idle);
    expect((await client.exec('qm start 100')).exitCode).toBe(0);
  });

  it('to a VM that would take the root disk, and it costs the host its life as on metal', async () => {
    await using twin = await startTwin({ commandLine: 'quiet' });
    const client = await RawClient.connect(twin);
    void client.open('qm start 100');
    await new Promise<void>((resolve) => {
      twin.record.subscribe((event) => {
        if (event.kind === 'host-lost') resolve();
      });
    });
    expect(state(twin, '03:00.1').driver).toBe('vfio-pci');
    twin.dropConnections();
    await client.closed;
  });
});
