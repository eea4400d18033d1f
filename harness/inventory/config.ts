import type { PciAddress } from '../pci/address.ts';
import type { BiosConfig } from './bios.ts';
import type { CellConfig } from './cells.ts';
import type { ConsoleConfig } from './console.ts';
import type { GuestConfig } from './guest.ts';
import type { HostpciLine } from './hostpci.ts';
import type { LimitsConfig } from './limits.ts';
import type { NotifyTarget } from './notify.ts';
import type { PowerConfig } from './power.ts';
import type { RecoveryConfig } from './recovery.ts';

/** What a lab inventory says once it is read: defaults filled in, addresses in full, paths absolute. */
export interface Inventory {
  /** The file as the user named it, for messages. */
  readonly path: string;
  /** In the order of the file; names are unique. */
  readonly hosts: readonly LabHostConfig[];
}

/** One machine under test and the passthrough VM on it. */
export interface LabHostConfig {
  readonly name: string;
  readonly description?: string | undefined;
  readonly ssh: SshConfig;
  readonly identity: IdentityConfig;
  readonly vm: VmConfig;
  readonly functions: readonly FunctionConfig[];
  /** `hostpci0` first. Each line covers one or more functions and each function is covered by one line. Only of a Proxmox VM. */
  readonly hostpci?: readonly HostpciLine[] | undefined;
  readonly override?: OverrideConfig | undefined;
  /** Absent: comeback cannot switch the power of this host. */
  readonly power?: PowerConfig | undefined;
  /** Absent: the console of this host is not recorded. */
  readonly console?: ConsoleConfig | undefined;
  /** Absent: comeback cannot change the BIOS of this host. */
  readonly bios?: BiosConfig | undefined;
  /** Absent: the guest is not asked what it has. */
  readonly guest?: GuestConfig | undefined;
  /** In the order of the file; names are unique. */
  readonly cells: readonly CellConfig[];
  /** Absent: the next cycle meets a lost function as it is. */
  readonly recovery?: RecoveryConfig | undefined;
  /** When the host is left in peace. */
  readonly limits: LimitsConfig;
  /** Who is told of what befalls its runs; absent: nobody. */
  readonly notify?: readonly NotifyTarget[] | undefined;
  readonly settle: SettleConfig;
  readonly timeouts: TimeoutConfig;
}

/** How to reach the host: over the network, or as a virtual lab whose address only the running instance knows. */
export type SshConfig = DirectSshConfig | VirtualLabSshConfig;

export interface DirectSshConfig {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly key: SshKeySource;
  readonly hostKey: HostKeyPin;
}

export interface VirtualLabSshConfig {
  /** Name of the instance that `comeback lab up` started. */
  readonly virtualLab: string;
}

/**
 * Where the private key is, never the key itself: a file (absolute path), an environment variable that holds the key,
 * or an agent (path of its socket, or `SSH_AUTH_SOCK` for the socket that this variable names, as IdentityAgent of ssh_config(5)).
 */
export type SshKeySource = { readonly file: string } | { readonly env: string } | { readonly agent: string };

/** What the host key must match: a fingerprint as `ssh-keygen -l` prints it, or an OpenSSH known_hosts file (absolute path). */
export type HostKeyPin = { readonly sha256: string } | { readonly knownHosts: string };

/** What the host must read back before anything on it is touched. */
export interface IdentityConfig {
  /** `/sys/class/dmi/id/board_name`. */
  readonly board: string;
  /** `/sys/class/dmi/id/board_vendor`. */
  readonly boardVendor?: string | undefined;
  /** Allowed values of `/sys/class/dmi/id/bios_version`; absent: any. */
  readonly bios?: readonly string[] | undefined;
  /** `uname -r`, exactly; absent: any. */
  readonly kernel?: string | undefined;
}

/** The passthrough VM and what manages it. */
export type VmConfig = ProxmoxVmConfig | LibvirtVmConfig;

export interface ProxmoxVmConfig {
  readonly manager: 'proxmox';
  readonly id: number;
}

export interface LibvirtVmConfig {
  readonly manager: 'libvirt';
  /** Name of the domain. */
  readonly domain: string;
  /** What `virsh --connect` is given on the host; always that of a system's daemon. */
  readonly uri: string;
}

export type FunctionRole = 'gpu' | 'usb' | 'audio';

/** One PCI function that the VM owns. */
export interface FunctionConfig {
  readonly address: PciAddress;
  /** `vendor:device`, lower case, as `lspci -n` prints it. */
  readonly id: string;
  /** The GPU's own HDMI audio is `gpu`: it shares the card's slot, power and reset, and comes back or stays away with it. */
  readonly role: FunctionRole;
  readonly name?: string | undefined;
}

/** Kernel parameters that the split depends on. */
export interface OverrideConfig {
  /** Expected value of `pcie_acs_override=` (the "Enable overrides for missing ACS capabilities" patch of the Proxmox kernel). */
  readonly acs: string;
}

/** Rest between an action and the reading of health. */
export interface SettleConfig {
  readonly afterStartMs: number;
  readonly afterStopMs: number;
}

/** How long the harness waits before it calls the lab broken. */
export interface TimeoutConfig {
  readonly connectMs: number;
  readonly commandMs: number;
  readonly vmStartMs: number;
  readonly vmStopMs: number;
  /** For a guest to end by itself, where its VM could not be stopped. */
  readonly vmShutdownMs: number;
  /** For the VM's process to end after a signal, where nothing else ended it. */
  readonly vmKillMs: number;
  /** Shutdown, firmware and boot together. */
  readonly bootMs: number;
  /** One power cycle with its minimum off-time. */
  readonly powerMs: number;
  readonly flashMs: number;
  /** How long a host may be silent before it counts as wedged and its power is cut. */
  readonly wedgeMs: number;
}
