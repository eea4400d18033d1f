import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeHost, ok } from './fixtures/fake-host.ts';

describe('functions on their way to vfio-pci', () => {
  it('refuses without an IOMMU', async () => {
    await using host = await FakeHost.create();
    await rm(host.path('sys/class/iommu/ivhd0'), { recursive: true });
    expect((await host.qm('start 100')).stderr).toBe('cannot prepare PCI pass-through, IOMMU not present\n');
  });

  it('takes foreign functions of the group along, but no bridges', async () => {
    await using host = await FakeHost.create();
    await host.addFunction('0000:03:00.1', { group: 24 });
    await host.addFunction('0000:00:02.3', { group: 24, bridge: true });
    // No kernel answers here, so the bind has no effect; what was asked of it is in the files.
    expect((await host.qm('start 100')).stderr).toBe('Cannot bind 0000:03:00.1 to vfio\n');
    expect(await host.read('sys/bus/pci/drivers/vfio-pci/new_id')).toBe('1022 43d0');
    expect(await host.read('sys/bus/pci/drivers/vfio-pci/bind')).toBe('0000:03:00.1');
    expect(await host.read('run/qemu-server/pci-id-reservations')).toBe('');
  });

  it('resets through the kernel where it can, and only warns when that is refused', async () => {
    await using host = await FakeHost.create();
    const reset = 'sys/bus/pci/devices/0000:2c:00.3/reset';
    await writeFile(host.path(reset), '');
    expect(await host.qm('start 100')).toEqual(ok);
    expect(await host.read(reset)).toBe('1');
    await host.qm('stop 100');

    await rm(host.path(reset));
    await symlink('/proc/self/uid_map', host.path(reset)); // a file that opens for writing and refuses the write
    const { exitCode, stdout, stderr } = await host.qm('start 100');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^error writing '1' to '\/sys\/bus\/pci\/devices\/0000:2c:00\.3\/reset': .+\n/);
    expect(stdout).toContain(
      "\nfailed to reset PCI device '0000:2c:00.3', but trying to continue as not all devices need a reset\n",
    );
  });

  it('respects the reservation of another running VM and takes a stale one over', async () => {
    await using host = await FakeHost.create();
    await mkdir(host.path('run/qemu-server'));
    const until = Math.floor(Date.now() / 1000) + 60;
    await writeFile(host.path('run/qemu-server/pci-id-reservations'), `0000:2d:00.3 101 time:${until}\n`);
    expect((await host.qm('start 100')).stderr).toBe(
      "PCI device '0000:2d:00.3' is currently reserved for use by VMID '101'\n",
    );
    await writeFile(host.path('run/qemu-server/pci-id-reservations'), '0000:2d:00.3 101 pid:1\n');
    expect(await host.qm('start 100')).toEqual({
      ...ok,
      stdout: 'leftover PCI reservation found for 0000:2d:00.3, lets take it...\n',
    });
  });
});

describe('a QEMU that does not do as it is told', () => {
  it("shows QEMU's reason and fails the task", async () => {
    await using host = await FakeHost.create();
    const reason = '-device vfio-pci,host=0000:2b:00.0: vfio 0000:2b:00.0: group 20 is not viable';
    expect(await host.qm('start 100', { FAKE_KVM_ERROR: reason })).toEqual({
      exitCode: 255,
      stdout: `kvm: ${reason}\n`,
      stderr: 'start failed: QEMU exited with code 1\n',
    });
    expect(await host.taskLogs('qmstart')).toEqual([
      `kvm: ${reason}\n\nTASK ERROR: start failed: QEMU exited with code 1\n`,
    ]);
    expect(await host.read('run/qemu-server/pci-id-reservations')).toBe('');
  });

  it('kills a QEMU that does not finish starting', async () => {
    await using host = await FakeHost.create();
    const { exitCode, stderr } = await host.qm('start 100 --timeout 1', { FAKE_KVM_HANG: '1' });
    expect(exitCode).toBe(255);
    expect(stderr).toMatch(/^start failed: command '\/usr\/bin\/kvm -id 100 -name .*' failed: got timeout\n$/);
  });

  it('ends a deaf QEMU with SIGTERM, but shutdown only when forced', async () => {
    await using host = await FakeHost.create();
    const term = 'VM still running - terminating now with SIGTERM\n';
    await host.qm('start 100', { FAKE_KVM_DEAF: '1' });
    expect(await host.qm('shutdown 100 --timeout 1')).toEqual({
      exitCode: 255,
      stdout: '',
      stderr: 'VM quit/powerdown failed - got timeout\n',
    });
    expect(await host.qm('stop 100 --timeout 1')).toEqual({ ...ok, stdout: term });
    await host.qm('start 100', { FAKE_KVM_DEAF: '1' });
    expect(await host.qm('shutdown 100 --timeout 1 --forceStop')).toEqual({ ...ok, stdout: term });
  });

  it('kills a QEMU that ignores SIGTERM too', { timeout: 30_000 }, async () => {
    await using host = await FakeHost.create();
    await host.qm('start 100', { FAKE_KVM_DEAF: 'stone' });
    expect(await host.qm('stop 100 --timeout 0')).toEqual({
      ...ok,
      stdout: 'VM still running - terminating now with SIGTERM\nVM still running - terminating now with SIGKILL\n',
    });
    expect((await host.qm('status 100')).stdout).toBe('status: stopped\n');
  });

  it('stop overrules a shutdown that waits', async () => {
    await using host = await FakeHost.create();
    await host.qm('start 100', { FAKE_KVM_DEAF: '1' });
    const waiting = host.qm('shutdown 100 --timeout 60');
    while (
      (await readdir(host.path('var/log/pve/tasks'), { recursive: true })).every(
        (name) => !name.includes(':qmshutdown:'),
      )
    ) {
      await delay(20);
    }
    const stopped = await host.qm('stop 100 --overrule-shutdown --timeout 1');
    expect(stopped.exitCode).toBe(0);
    expect(stopped.stdout).toMatch(/^overruled qmshutdown tasks: UPID:.*:qmshutdown:100:root@pam:\n/);
    expect(await waiting).toEqual({ exitCode: 255, stdout: '', stderr: 'received interrupt\n' });
  });
});
