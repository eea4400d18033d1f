import { expect, it } from 'vitest';
import { twinSession } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { LibvirtVm } from './libvirt.ts';
import { ProxmoxVm } from './proxmox.ts';

it('a VM knows its own process by the command line that its manager gives it, and no other one', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  const proxmox = new ProxmoxVm(session, 100);
  const libvirt = new LibvirtVm(session, { manager: 'libvirt', domain: 'a,b', uri: 'qemu:///system' });
  const [kvm, qemu] = ['/usr/bin/kvm', '/usr/bin/qemu-system-x86_64'];

  expect(proxmox.isItsProcess([kvm, '-id', '100', '-name', 'win10,debug-threads=on'])).toBe(true);
  for (const argv of [[], ['-id', '100'], [kvm, '-id', '1001'], [kvm, '-name', '100'], [kvm, '-id']]) {
    expect(proxmox.isItsProcess(argv), argv.join(' ')).toBe(false);
  }
  for (const name of ['guest=a,,b', 'guest=a,,b,debug-threads=on']) {
    expect(libvirt.isItsProcess([qemu, '-name', name]), name).toBe(true);
  }
  for (const name of [
    'guest=a',
    'guest=a,b',
    'guest=a,,b,,c,debug-threads=on',
    'a,,b',
    'debug-threads=on,guest=a,,b',
  ]) {
    expect(libvirt.isItsProcess([qemu, '-name', name]), name).toBe(false);
  }
});
