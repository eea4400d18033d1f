import { z } from 'zod';
import { bios } from './bios.ts';
import { cells } from './cells.ts';
import { hostConsole } from './console.ts';
import {
  acsOverride,
  environmentVariable,
  filePath,
  hostAddress,
  hostKeyFingerprint,
  hostpciLine,
  milliseconds,
  pciAddress,
  pciId,
  text,
} from './fields.ts';
import { guest } from './guest.ts';
import { limits } from './limits.ts';
import { notify } from './notify.ts';
import { power } from './power.ts';
import { recovery } from './recovery.ts';

const sshKey = z
  .union(
    [
      z.strictObject({ file: filePath('File with the private key') }),
      z.strictObject({ env: environmentVariable }),
      z.strictObject({
        agent: filePath('Socket of an SSH agent, or SSH_AUTH_SOCK for the socket that this variable names'),
      }),
    ],
    'must be exactly one of {file: PATH}, {env: VARIABLE}, {agent: SSH_AUTH_SOCK}',
  )
  .describe('Where the private key is. The inventory never holds a secret itself.');

const hostKey = z
  .union(
    [
      z.strictObject({ sha256: hostKeyFingerprint }),
      z.strictObject({ knownHosts: filePath('OpenSSH known_hosts file that holds the key of the host') }),
    ],
    'must be exactly one of {sha256: "SHA256:..."}, {knownHosts: PATH}',
  )
  .describe('What the key of the host must match; it is always verified.');

const directSsh = z.strictObject({
  address: hostAddress,
  port: z.int().min(1).max(65535).default(22).describe('TCP port of sshd.'),
  user: text().default('root').describe('User to log in as; it needs the rights of root.'),
  key: sshKey,
  hostKey,
});

const virtualLabSsh = z.strictObject({
  virtualLab: text()
    .regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and "-"')
    .describe('Name of the virtual lab; "comeback lab up" starts it.'),
});

const ssh = z
  .union(
    [directSsh, virtualLabSsh],
    'must be either a direct connection (address, key, hostKey) or {virtualLab: NAME} alone',
  )
  .describe('How to reach the host.');

/** Who the host is; apart from the host so that cells can be compared with it even where another part is wrong. */
export const identity = z
  .strictObject({
    board: text().describe('Expected /sys/class/dmi/id/board_name.'),
    boardVendor: text().optional().describe('Expected /sys/class/dmi/id/board_vendor.'),
    bios: z
      .array(text())
      .min(1)
      .optional()
      .describe('Allowed values of /sys/class/dmi/id/bios_version, in quotes; absent: any.'),
    kernel: text().optional().describe('Expected kernel release as "uname -r" prints it; absent: any.'),
  })
  .describe('What the host must read back before anything on it is touched.');

const proxmoxVm = z.strictObject({
  manager: z.literal('proxmox'),
  id: z.int().min(100).max(999_999_999).describe('VMID.'),
});

const libvirtVm = z.strictObject({
  manager: z.literal('libvirt'),
  domain: text()
    .regex(/^[^\s/-][^/\n]*$/, 'must be the name of a domain as "virsh list --all" prints it')
    .regex(/\D/, 'virsh takes digits alone for the id of a running domain: give it another name (virsh domrename)')
    .describe('Name of the domain as "virsh list --all" prints it. What it is handed over stands in its XML.'),
  uri: text()
    .regex(
      /^qemu(?:\+[a-z]+)?:\/\/\/system(?:\?\S*)?$/,
      'must be that of the daemon of the host itself, such as "qemu:///system"',
    )
    .default('qemu:///system')
    .describe('What "virsh --connect" is given on the host.'),
});

const vm = z
  .discriminatedUnion(
    'manager',
    [proxmoxVm, libvirtVm],
    'must be one of: {manager: proxmox, id: VMID}, {manager: libvirt, domain: NAME}',
  )
  .describe('The passthrough VM and what manages it.');

const pciFunction = z.strictObject({
  address: pciAddress,
  id: pciId,
  role: z
    .enum(['gpu', 'usb', 'audio'])
    .describe("What the function is for. The GPU's own HDMI audio is gpu: they share one reset."),
  name: text().optional().describe('Name for people.'),
});

/** The functions of a host; apart from the host so that they can be compared with `hostpci` even where another part is wrong. */
export const functions = z.array(pciFunction).min(1).describe('The PCI functions that the VM owns.');

/** The `hostpci` lines of a host, `hostpci0` first. Proxmox has 16 of them ($MAX_HOSTPCI_DEVICES in qemu-server's PCI.pm). */
export const hostpci = z
  .array(hostpciLine)
  .min(1)
  .max(16)
  .describe('The hostpci lines of a Proxmox VM, hostpci0 first. Together they cover exactly the functions above.');

const settle = z
  .strictObject({
    afterStartMs: milliseconds(2_000, 'From the VM being started to the reading of health', 0),
    afterStopMs: milliseconds(2_000, 'From the VM being stopped to the reading of health', 0),
  })
  .describe('Rest before health is read.');

// Proxmox itself waits 120 s for the start of a VM with hostpci lines (config_aware_timeout in qemu-server's Helpers.pm) and
// 60 s + 10 s for its stop; a reset that never becomes ready blocks for 60 s per function (PCIE_RESET_READY_POLL_MS in the
// kernel's drivers/pci/pci.h). Ours come later than theirs, so that their message is the one people read.
const timeouts = z
  .strictObject({
    connectMs: milliseconds(20_000, 'For an SSH connection to be ready'),
    commandMs: milliseconds(30_000, 'For one ordinary command on the host'),
    vmStartMs: milliseconds(180_000, 'For the VM to start'),
    vmStopMs: milliseconds(180_000, 'For the VM to stop'),
    vmShutdownMs: milliseconds(90_000, 'For the guest to shut down by itself, where its VM could not be stopped'),
    vmKillMs: milliseconds(20_000, "For the VM's process to end after SIGTERM, and again after SIGKILL"),
    bootMs: milliseconds(600_000, 'For a reboot: shutdown, firmware and boot together'),
    powerMs: milliseconds(120_000, 'For one power cycle with its minimum off-time'),
    flashMs: milliseconds(1_800_000, 'For the BIOS to be flashed'),
    wedgeMs: milliseconds(360_000, 'For a silent host to answer again before it counts as wedged and its power is cut'),
  })
  .describe('How long to wait before the lab counts as broken.');

const host = z.strictObject({
  description: text().optional().describe('What this machine is, for people.'),
  ssh,
  identity,
  vm,
  functions,
  hostpci: hostpci.optional(),
  override: z.strictObject({ acs: acsOverride }).optional().describe('Kernel parameters that the split depends on.'),
  power: power.optional(),
  console: hostConsole.optional(),
  bios: bios.optional(),
  guest: guest.optional(),
  cells,
  recovery: recovery.optional(),
  limits: limits.prefault({}),
  notify: notify.optional(),
  settle: settle.prefault({}),
  timeouts: timeouts.prefault({}),
});

/** The shape of a lab inventory; what one value says about another is in cross-checks.ts. */
export const inventorySchema = z
  .strictObject({
    hosts: z
      .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'a host name is lower-case letters, digits and "-"'), host)
      .refine((hosts) => Object.keys(hosts).length > 0, 'names no host: describe at least one')
      .describe('The lab hosts by name; --host takes one of these names.'),
  })
  .meta({ title: 'Lab inventory of comeback' });

export type ParsedHost = z.output<typeof host>;
