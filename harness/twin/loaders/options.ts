/** How the twin starts its kernels. */
export interface TwinBootOptions {
  readonly loader: 'grub' | 'systemd-boot' | 'none';
  /** The host has proxmox-boot-tool. */
  readonly proxmox?: boolean;
  /** Partitions kept by proxmox-boot-tool, which hide GRUB's files. */
  readonly espManaged?: boolean;
  /** Kernels beside the running one. */
  readonly kernels?: readonly string[];
  /** What grub-probe says of /boot: `ext2`, `btrfs`, `zfs`. */
  readonly filesystem?: string;
  /** What lies below it: `lvm`, `diskfilter mdraid1x`; empty for a plain partition. */
  readonly abstraction?: string;
  /** systemd-boot's loader.conf names no default. */
  readonly noDefault?: boolean;
}

/** What a start of the machine came to. */
export interface TwinBoot {
  readonly identity: { readonly kernelRelease: string; readonly commandLine: string };
  /** False for a kernel that dies before its network. */
  readonly comesUp: boolean;
}
