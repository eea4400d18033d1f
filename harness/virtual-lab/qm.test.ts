import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeHost, node, ok, vmFunctions, type Outcome } from './fixtures/fake-host.ts';

async function untilGone(file: () => Promise<string>, timeoutMs = 5000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if ((await file().catch(() => '')) === '') return;
    await delay(20);
  }
  throw new Error('the file is still there');
}

describe('a whole cycle', () => {
  it('starts, says so everywhere, stops and leaves nothing but the binding', async () => {
    await using host = await FakeHost.create();
    expect(await host.qm('status 100')).toEqual({ ...ok, stdout: 'status: stopped\n' });
    expect(await host.qm('start 100')).toEqual(ok);

    const pid = await host.qemuPid();
    expect(await host.qm('status 100')).toEqual({ ...ok, stdout: 'status: running\n' });
    expect((await host.qm('list')).stdout).toBe(
      '      VMID NAME                 STATUS     MEM(MB)    BOOTDISK(GB) PID       \n' +
        `       100 passthrough          running    64                 0.00 ${String(pid).padEnd(10)}\n` +
        '       101 guest                stopped    192                0.00 0         \n',
    );
    const verbose = (await host.qm('status 100 --verbose')).stdout;
    expect(verbose).toContain('\nproxmox-support:\n\tbackup-fleecing: 1\n');
    expect(verbose).toMatch(new RegExp(String.raw`^pid: ${pid}$`, 'm'));
    expect(verbose).toMatch(
      /^qmpstatus: running\nrunning-machine: pc-q35-7\.2\+pve0\nrunning-qemu: 7\.2\.22\nstatus: running$/m,
    );
    const reserved = [...vmFunctions].sort().map((address) => `${address} 100 pid:${pid}\n`);
    expect(await host.read('run/qemu-server/pci-id-reservations')).toBe(reserved.join(''));

    expect(await host.qm('stop 100')).toEqual(ok);
    expect((await host.qm('list')).stdout).toContain(' stopped    64                 0.00 0         \n');
    expect(await readdir(host.path('run/qemu-server'))).toEqual(['pci-id-reservations', 'pci-id-reservations.lock']);
    expect(await host.read('run/qemu-server/pci-id-reservations')).toBe('');
    expect(await readdir(host.path('sys/bus/pci/drivers/vfio-pci'))).toEqual([...vmFunctions].sort());
    expect(await host.taskLogs('qmstart')).toEqual(['TASK OK\n']);
    expect(await host.taskLogs('qmstop')).toEqual(['TASK OK\n']);
  });

  it('cleans up when QEMU dies by itself', async () => {
    await using host = await FakeHost.create();
    await host.qm('start 100');
    process.kill(await host.qemuPid(), 'SIGKILL');
    await untilGone(async () => await host.read('run/qemu-server/100.pid'));
    await untilGone(async () => await host.read('run/qemu-server/pci-id-reservations'));
    expect((await host.qm('status 100')).stdout).toBe('status: stopped\n');
  });
});

describe('refusals', () => {
  const cases: readonly [name: string, config: string, command: string, Outcome][] = [
    [
      'status of an unknown VM',
      '',
      'status 999',
      { exitCode: 2, stdout: '', stderr: `Configuration file 'nodes/${node}/qemu-server/999.conf' does not exist\n` },
    ],
    [
      'config of an unknown VM',
      '',
      'config 999',
      { exitCode: 2, stdout: '', stderr: `Configuration file 'nodes/${node}/qemu-server/999.conf' does not exist\n` },
    ],
    [
      'start of an unknown VM',
      '',
      'start 999',
      { exitCode: 255, stdout: '', stderr: `Configuration file 'nodes/${node}/qemu-server/999.conf' does not exist\n` },
    ],
    [
      'stop of an unknown VM',
      '',
      'stop 999',
      { exitCode: 255, stdout: '', stderr: `unable to find configuration file for VM 999 on node '${node}'\n` },
    ],
    [
      'start of a locked VM',
      'lock: backup',
      'start 100',
      { exitCode: 255, stdout: '', stderr: 'VM is locked (backup)\n' },
    ],
    [
      'function not on the bus',
      'hostpci4: 5e:00,pcie=1',
      'start 100',
      { exitCode: 255, stdout: "no PCI device found for '5e:00'\n", stderr: "no PCI device found for '5e:00'\n" },
    ],
    [
      'function given twice',
      'hostpci4: 2b:00.1,pcie=1',
      'start 100',
      { exitCode: 255, stdout: '', stderr: "device '0000:2b:00.1' assigned more than once\n" },
    ],
    ['stop of a stopped VM', '', 'stop 100', ok],
    ['shutdown of a stopped VM', '', 'shutdown 100', { ...ok, stderr: 'VM 100 not running\n\n' }],
    [
      'no VM given',
      '',
      'start',
      { exitCode: 255, stdout: '', stderr: '400 not enough arguments\nqm start <vmid> [OPTIONS]\n' },
    ],
    [
      'VM id that is no number',
      '',
      'stop abc',
      {
        exitCode: 255,
        stdout: '',
        stderr:
          "400 Parameter verification failed.\nvmid: type check ('integer') failed - got 'abc'\nqm stop <vmid> [OPTIONS]\n",
      },
    ],
    [
      'unknown option',
      '',
      'stop 100 --now',
      {
        exitCode: 255,
        stdout: '',
        stderr: 'Unknown option: now\n400 unable to parse option\nqm stop <vmid> [OPTIONS]\n',
      },
    ],
  ];

  it.each(cases)('%s', async (_name, config, command, expected) => {
    await using host = await FakeHost.create();
    if (config !== '') await host.appendConfig(config);
    expect(await host.qm(command)).toEqual(expected);
  });

  it('an unknown command prints the usage', async () => {
    await using host = await FakeHost.create();
    const { exitCode, stderr } = await host.qm('strat 100');
    expect(exitCode).toBe(255);
    expect(stderr).toMatch(
      /^ERROR: unknown command 'qm strat'\nUSAGE: qm <COMMAND> \[ARGS\] \[OPTIONS\]\n\n {7}qm config <vmid>/,
    );
  });

  it('a running VM does not start again, and skiplock passes the config lock', async () => {
    await using host = await FakeHost.create();
    await host.qm('start 100');
    expect(await host.qm('start 100')).toEqual({ exitCode: 255, stdout: '', stderr: 'VM 100 already running\n' });
    await host.appendConfig('lock: migrate');
    expect(await host.qm('stop 100')).toEqual({ exitCode: 255, stdout: '', stderr: 'VM is locked (migrate)\n' });
    expect(await host.qm('stop 100 --skiplock 1')).toEqual(ok);
    expect(await host.qm('unlock 100')).toEqual(ok);
    expect((await host.qm('config 100')).stdout).not.toMatch(/^lock:/m);
  });

  it('gives up on the lock file of the VM after ten seconds', { timeout: 20_000 }, async () => {
    await using host = await FakeHost.create();
    await mkdir(host.path('var/lock/qemu-server'));
    const holder = spawn('perl', [
      '-e',
      String.raw`use Fcntl ":flock"; open(my $f, ">>", $ARGV[0]); flock($f, LOCK_EX); print "held\n"; $|=1; print ""; <STDIN>`,
      host.path('var/lock/qemu-server/lock-100.conf'),
    ]);
    await once(holder.stdout, 'data');
    const refused = await host.qm('start 100');
    holder.stdin.end();
    expect(refused).toEqual({
      exitCode: 255,
      stdout: 'trying to acquire lock...',
      stderr: "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout\n",
    });
  });
});

describe('what the configuration becomes', () => {
  it('prints the configuration sorted', async () => {
    await using host = await FakeHost.create();
    const lines = (await host.qm('config 100')).stdout.trimEnd().split('\n');
    expect(lines).toEqual([...lines].sort());
    expect(lines).toContain('hostpci0: 2b:00,pcie=1');
  });

  it('plugs both functions of the GPU into one port and the others into their own', async () => {
    await using host = await FakeHost.create();
    const line = (await host.qm('showcmd 100 --pretty')).stdout;
    expect(line).toMatch(/^\/usr\/bin\/kvm \\\n {2}-id 100 \\\n {2}-name 'passthrough,debug-threads=on' \\\n/);
    expect([...line.matchAll(/'vfio-pci,host=(.*)'/g)].map((match) => match[1])).toEqual([
      '0000:2b:00.0,id=hostpci0.0,bus=ich9-pcie-port-1,addr=0x0.0,multifunction=on',
      '0000:2b:00.1,id=hostpci0.1,bus=ich9-pcie-port-1,addr=0x0.1',
      '0000:2c:00.3,id=hostpci1,bus=ich9-pcie-port-2,addr=0x0',
      '0000:2d:00.3,id=hostpci2,bus=ich9-pcie-port-3,addr=0x0',
      '0000:03:00.0,id=hostpci3,bus=ich9-pcie-port-4,addr=0x0',
    ]);
  });
});
