import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { hostLifelines } from './board.ts';
import type { PciSysfs } from './sysfs.ts';

export interface HostIdentity {
  readonly hostname: string;
  readonly kernelRelease: string;
  readonly commandLine: string;
  readonly boardName: string;
  readonly biosVersion: string;
  /** As the firmware writes it: mm/dd/yyyy. */
  readonly biosDate: string;
}

/** Files of a boot that are not PCI's: /proc, DMI, disks, network, Proxmox's folders. */
export function writeHostFiles(root: string, sysfs: PciSysfs, identity: HostIdentity, bootId: string): void {
  const file = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const link = (path: string, target: string): void => {
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(relative(dirname(path), target), path);
  };

  file('proc/cmdline', `${identity.commandLine}\n`);
  file('proc/uptime', '12.34 90.12\n');
  file('proc/version', `Linux version ${identity.kernelRelease} (build@proxmox)\n`);
  file('proc/sys/kernel/random/boot_id', `${bootId}\n`);
  file('proc/sys/kernel/osrelease', `${identity.kernelRelease}\n`);
  file('proc/sys/kernel/hostname', `${identity.hostname}\n`);
  file('proc/sys/kernel/tainted', '0\n');
  file('sys/class/dmi/id/board_vendor', 'ASUSTeK COMPUTER INC.\n');
  file('sys/class/dmi/id/board_name', `${identity.boardName}\n`);
  file('sys/class/dmi/id/bios_vendor', 'American Megatrends Inc.\n');
  file('sys/class/dmi/id/bios_version', `${identity.biosVersion}\n`);
  file('sys/class/dmi/id/bios_date', `${identity.biosDate}\n`);
  file('sys/module/vfio_pci/parameters/disable_idle_d3', 'N\n');
  file(
    `lib/modules/${identity.kernelRelease}/modules.dep`,
    'kernel/drivers/vfio/vfio_iommu_type1.ko: kernel/drivers/vfio/vfio.ko\n',
  );

  const disk = join(sysfs.deviceFolder(hostLifelines.rootDisk), 'ata1/host0/target0:0:0/0:0:0:0/block/sda');
  for (const partition of ['1', '2', '3'])
    file(relative(root, join(disk, `sda${partition}/partition`)), `${partition}\n`);
  file(relative(root, join(disk, 'size')), '976773168\n');
  link(join(root, 'sys/block/sda'), disk);
  link(join(root, 'sys/class/block/sda'), disk);
  for (const partition of ['1', '2', '3']) {
    link(join(root, `sys/class/block/sda${partition}`), join(disk, `sda${partition}`));
  }
  file(
    'proc/mounts',
    [
      'sysfs /sys sysfs rw,nosuid,nodev,noexec,relatime 0 0',
      'proc /proc proc rw,relatime 0 0',
      '/dev/sda2 / ext4 rw,relatime,errors=remount-ro 0 0',
      'tmpfs /run tmpfs rw,nosuid,nodev,noexec,relatime,mode=755 0 0',
      '/dev/sda1 /boot/efi vfat rw,relatime 0 0',
      '/dev/fuse /etc/pve fuse rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,allow_other 0 0',
      '',
    ].join('\n'),
  );
  file(
    'proc/swaps',
    'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/sda3                               partition\t8388604\t\t0\t\t-2\n',
  );

  const card = join(sysfs.deviceFolder(hostLifelines.network), 'net/enp35s0');
  for (const [name, folder] of [
    ['enp35s0', card],
    ['lo', join(root, 'sys/devices/virtual/net/lo')],
    ['vmbr0', join(root, 'sys/devices/virtual/net/vmbr0')],
  ] as const) {
    file(relative(root, join(folder, 'operstate')), name === 'lo' ? 'unknown\n' : 'up\n');
    file(relative(root, join(folder, 'address')), name === 'lo' ? '00:00:00:00:00:00\n' : '2c:fd:a1:00:00:01\n');
    if (folder !== card) mkdirSync(join(folder, 'power'), { recursive: true });
    else link(join(folder, 'device'), sysfs.deviceFolder(hostLifelines.network));
    link(join(root, 'sys/class/net', name), folder);
  }
  link(join(card, 'master'), join(root, 'sys/devices/virtual/net/vmbr0'));
  mkdirSync(join(root, 'sys/class/iommu/ivhd0'), { recursive: true });

  for (const folder of ['dev/vfio', 'run/qemu-server', 'run/lock/qemu-server', 'var', 'tmp', 'root']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  file('dev/vfio/vfio', '');
  link(join(root, 'var/lock'), join(root, 'run/lock'));
  link(join(root, 'var/run'), join(root, 'run'));
}

/** The cluster file system's folder, which survives a reboot; `/etc/pve/qemu-server` is a link into the host's own. */
export function writeProxmoxFiles(root: string, hostname: string, configs: ReadonlyMap<number, string>): void {
  const folder = join(root, 'etc/pve/nodes', hostname, 'qemu-server');
  mkdirSync(folder, { recursive: true });
  symlinkSync(relative(join(root, 'etc/pve'), folder), join(root, 'etc/pve/qemu-server'));
  for (const [vmid, text] of configs) writeFileSync(join(folder, `${vmid}.conf`), text);
  writeFileSync(join(root, 'etc/hostname'), `${hostname}\n`);
}
