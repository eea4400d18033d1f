import { createHash } from 'node:crypto';

/** A kernel of the image: a Debian package `linux-image-*`, or a metapackage that depends on the current one. */
export interface KernelRecipe {
  readonly package: string;
}

/** What the base of an image is made of: everything that comes from Debian. */
export interface BaseRecipe {
  /** Debian suite; it does not follow the controller's, so that every lab host is the same. */
  readonly suite: string;
  readonly packages: readonly string[];
  /** Paths that dpkg leaves out while unpacking. */
  readonly excludedPaths: readonly string[];
  readonly kernels: readonly KernelRecipe[];
}

/** What the lab adds to the base. */
export interface ImageRecipe {
  readonly base: BaseRecipe;
  /** Size of the file system; the file is sparse, and a run writes to a throw-away copy. */
  readonly diskMib: number;
  /** Modules that the initramfs loads, in this order, each after what it depends on. */
  readonly initramfsModules: readonly string[];
  /** Further modules of the root file system; what they depend on comes along. */
  readonly rootModules: readonly string[];
  /** systemd units that a lab host has no use for: each costs time under software emulation. */
  readonly maskedUnits: readonly string[];
  readonly maskedGenerators: readonly string[];
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
      // The passthrough VM, which runs inside: QEMU with SeaBIOS.
      'qemu-system-x86',
      'seabios',
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
    ],
    kernels: [{ package: 'linux-image-amd64' }],
  },
  diskMib: 2048,
  initramfsModules: ['crc32c-intel', 'crc32c_generic', 'qemu_fw_cfg', 'virtio_pci', 'virtio_blk', 'virtio_net', 'ext4'],
  rootModules: ['xhci-pci', 'ahci', 'snd-hda-intel', 'vfio-pci', 'vfio_iommu_type1', 'button', 'evdev'],
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
