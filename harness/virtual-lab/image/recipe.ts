import { createHash } from 'node:crypto';

/**
 * A series of Debian kernels. Debian drops old ones from its archive and adds new ones at any time, so none is named: the
 * image holds the newest ones of the series that are there on the day of the build.
 */
export interface KernelSeries {
  /** Names of its `linux-image-*` packages, as an extended regular expression. */
  readonly packages: string;
  readonly newest: number;
}

/** A kernel that differs from the image's default one by what the lab's module is told, and has a release of its own. */
export interface KernelVariant {
  /** Behind the release of the default kernel. */
  readonly suffix: string;
  /** Parameters of the lab's kernel module. */
  readonly moduleParameters: readonly string[];
}

/** What the base of an image is made of: everything that comes from Debian. */
export interface BaseRecipe {
  /** Debian suite; it does not follow the controller's, so that every lab host is the same. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Paths that dpkg leaves out while unpacking. */
  readonly excludedPaths: readonly string[];
  /** The newest kernel of the first series is what a lab host boots by default. */
  readonly kernels: readonly KernelSeries[];
}

/** What the lab adds to the base. */
export interface ImageRecipe {
  readonly base: BaseRecipe;
  /** Size of the root file system; the file is sparse, and an instance writes to an overlay of its own. */
  readonly diskMib: number;
  /** Size of the disk that holds /boot; sparse as well. */
  readonly bootDiskMib: number;
  /** Modules that the initramfs loads, in this order, each after what it depends on. */
  readonly initramfsModules: readonly string[];
  /** Further modules of the root file system; what they depend on comes along. */
  readonly rootModules: readonly string[];
  readonly variants: readonly KernelVariant[];
  /** systemd units that a lab host has no use for: each costs time under software emulation. */
  readonly maskedUnits: readonly string[];
  readonly maskedGenerators: readonly string[];
  /** Scripts of grub-mkconfig that would find nothing on a lab host, and take seconds for it. */
  readonly idleGrubScripts: readonly string[];
}

export const labRecipe: ImageRecipe = {
  base: {
    suite: 'bookworm',
    // No udev: it would spend emulated seconds on events of devices that are the same at every boot. The kernel makes the
    // device nodes, and modules-load.d names the drivers.
    packages: [
      'systemd-sysv',
      'kmod',
      'openssh-server',
      'pciutils',
      'iproute2',
      'busybox-static',
      // The boot loader, and what a kernel package asks for at its installation.
      'grub-pc-bin',
      'grub2-common',
      'linux-base',
      // The passthrough VM, which runs inside: QEMU with SeaBIOS.
      'qemu-system-x86',
      'seabios',
      // What is in the guest of VM 101.
      'qemu-guest-agent',
      // The other manager of VMs, without the networks and the policies of libvirt-daemon-system.
      'libvirt-daemon',
      'libvirt-clients',
    ],
    excludedPaths: [
      '/usr/share/doc/*',
      '/usr/share/man/*',
      '/usr/share/info/*',
      '/usr/share/locale/*',
      '/usr/share/bash-completion/*',
      '/usr/share/lintian/*',
      '/usr/lib/ipxe/*',
      '/usr/bin/qemu-system-i386',
      '/usr/share/augeas/*',
      // Drivers of libvirt that the lab has no use for: its daemon starts those that it finds.
      ...['interface', 'network', 'nwfilter', 'secret', 'storage'].map(
        (driver) => `/usr/lib/*/libvirt/connection-driver/libvirt_driver_${driver}.so`,
      ),
    ],
    kernels: [
      { packages: String.raw`^linux-image-6\.1\.0-[0-9]+-amd64$`, newest: 3 },
      { packages: String.raw`^linux-image-6\.12\.[0-9]+[^-]*-amd64$`, newest: 3 },
    ],
  },
  // Room for a kernel package with all of its modules.
  diskMib: 4096,
  bootDiskMib: 512,
  initramfsModules: ['crc32c-intel', 'crc32c_generic', 'qemu_fw_cfg', 'virtio_pci', 'virtio_blk', 'virtio_net', 'ext4'],
  rootModules: ['xhci-pci', 'ahci', 'snd-hda-intel', 'vfio-pci', 'vfio_iommu_type1', 'button', 'evdev'],
  // What the seed's patch does to a kernel: a bridge keeps its configuration over a secondary bus reset.
  variants: [{ suffix: '-bridgefix', moduleParameters: ['bridge_restore=1'] }],
  maskedUnits: [
    'apt-daily-upgrade.timer',
    'apt-daily.timer',
    'cryptsetup.target',
    'dev-hugepages.mount',
    'dev-mqueue.mount',
    'dpkg-db-backup.timer',
    'e2scrub_all.timer',
    'e2scrub_reap.service',
    'fstrim.timer',
    'getty.target',
    'integritysetup.target',
    'kmod-static-nodes.service',
    'proc-sys-fs-binfmt_misc.automount',
    'sys-fs-fuse-connections.mount',
    'sys-kernel-config.mount',
    'sys-kernel-debug.mount',
    'systemd-ask-password-console.path',
    'systemd-ask-password-wall.path',
    'systemd-binfmt.service',
    'systemd-firstboot.service',
    'systemd-initctl.socket',
    'systemd-journal-flush.service',
    'systemd-journald-audit.socket',
    'systemd-logind.service',
    'systemd-machine-id-commit.service',
    'systemd-pcrphase-sysinit.service',
    'systemd-pcrphase.service',
    'systemd-pstore.service',
    'systemd-random-seed.service',
    'systemd-remount-fs.service',
    'systemd-repart.service',
    'systemd-sysctl.service',
    'systemd-sysusers.service',
    'systemd-tmpfiles-clean.timer',
    'systemd-tmpfiles-setup-dev.service',
    'systemd-tmpfiles-setup.service',
    'systemd-update-utmp-runlevel.service',
    'systemd-update-utmp.service',
    'systemd-user-sessions.service',
    'veritysetup.target',
  ],
  maskedGenerators: [
    'systemd-cryptsetup-generator',
    'systemd-debug-generator',
    'systemd-fstab-generator',
    'systemd-getty-generator',
    'systemd-gpt-auto-generator',
    'systemd-hibernate-resume-generator',
    'systemd-integritysetup-generator',
    'systemd-rc-local-generator',
    'systemd-run-generator',
    'systemd-system-update-generator',
    'systemd-sysv-generator',
    'systemd-veritysetup-generator',
  ],
  idleGrubScripts: ['05_debian_theme', '20_linux_xen', '30_os-prober', '30_uefi-firmware', '40_custom'],
};

/** A file that makes the image: its path inside the room, whether it is executable, and what it holds. */
export interface RecipeFile {
  readonly path: string;
  readonly executable: boolean;
  readonly content: Uint8Array;
}

/**
 * Names an image by everything that makes it, so that a change of any of it makes another image.
 * @returns 32 hexadecimal digits. The order of the files does not matter.
 */
export function recipeHash(parameters: unknown, files: readonly RecipeFile[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parameters));
  for (const { path, executable, content } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    hash.update(`\0${path}\0${executable ? 'x' : '-'}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}
