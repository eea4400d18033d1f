import { boardIdentity, type BoardPort, boardPorts } from './board.ts';

/** How the lab's guest instructions are run. */
export type Accelerator = 'kvm' | 'tcg';

/** Everything that a start of QEMU depends on. Paths are absolute. */
export interface MachineSpec {
  readonly name: string;
  readonly accelerator: Accelerator;
  readonly memoryMib: number;
  /** BIOS version as SMBIOS tells it. */
  readonly bios: string;
  readonly kernel: string;
  readonly initramfs: string;
  /** Added to the lab's own command line; empty adds nothing. */
  readonly commandLine: string;
  /** Raw image of the root file system; it is read, and written to nowhere but a copy that QEMU throws away. */
  readonly disk: string;
  /** TCP port of the controller's loopback that leads to the lab host's sshd. */
  readonly sshPort: number;
  readonly authorizedKeysFile: string;
  readonly sshHostKeyFile: string;
  /** Compiled fault rules of this host; only its kernel module reads them. */
  readonly faultsFile?: string;
  readonly consoleFile: string;
  readonly qmpSocket: string;
}

/**
 * Command line of every lab host (kernel-parameters.txt). All but the first three save emulated time and change
 * nothing that passthrough can tell: mitigations and self-tests of a throw-away host, probes of clocks and UARTs.
 */
export const baseCommandLine = [
  'root=/dev/vda',
  'console=ttyS0',
  'net.ifnames=0',
  'mitigations=off',
  'cryptomgr.notests',
  'tsc=reliable',
  'no_timer_check',
  '8250.nr_uarts=1',
  'random.trust_cpu=on',
  'apparmor=0',
  'selinux=0',
  'audit=0',
].join(' ');

/** QEMU's arguments for a lab host. They hold for QEMU 7.2 and later. */
export function qemuArguments(spec: MachineSpec): string[] {
  return [
    ...['-name', `comeback-lab-${spec.name}`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
    // AMD-Vi's interrupt remapping needs an I/O APIC outside the kernel; it takes 00:01.0, so that slot stays free.
    ...['-M', 'q35,kernel-irqchip=split,sata=off,smbus=off'],
    ...['-accel', spec.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi'],
    ...['-cpu', 'max', '-smp', '2', '-m', String(spec.memoryMib)],
    ...['-device', 'amd-iommu,intremap=on'],
    ...smbios(spec.bios),
    ...board(),
    ...['-drive', `if=none,id=root,format=raw,snapshot=on,file=${escaped(spec.disk)}`],
    ...['-device', 'virtio-blk-pci,drive=root,bus=pcie.0,addr=0x4'],
    ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${spec.sshPort}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net,romfile=,bus=pcie.0,addr=0x5'],
    ...['-fw_cfg', `name=opt/comeback/authorized_keys,file=${escaped(spec.authorizedKeysFile)}`],
    ...['-fw_cfg', `name=opt/comeback/ssh_host_key,file=${escaped(spec.sshHostKeyFile)}`],
    ...(spec.faultsFile === undefined ? [] : ['-fw_cfg', `name=opt/comeback/faults,file=${escaped(spec.faultsFile)}`]),
    ...['-chardev', `file,id=console,path=${escaped(spec.consoleFile)}`, '-serial', 'chardev:console'],
    ...['-qmp', `unix:${escaped(spec.qmpSocket)},server=on,wait=off`],
    ...['-kernel', spec.kernel, '-initrd', spec.initramfs],
    ...['-append', `${baseCommandLine} ${spec.commandLine}`.trim()],
  ];
}

function smbios(bios: string): string[] {
  const { firmwareVendor, vendor, product } = boardIdentity;
  return [
    ...['-smbios', `type=0,vendor=${escaped(firmwareVendor)},version=${escaped(bios)}`],
    ...['-smbios', `type=1,manufacturer=${escaped(vendor)},product=System Product Name`],
    ...['-smbios', `type=2,manufacturer=${escaped(vendor)},product=${escaped(product)}`],
  ];
}

function board(): string[] {
  return boardPorts.flatMap((port, index) => [
    '-device',
    [
      // Without hotplug nobody in the kernel manages slot power: taken away by hand, functions die in silence, as they
      // do on the board, whose ports have no hotplug either.
      `pcie-root-port,id=${port.id},bus=pcie.0,addr=${port.address},chassis=${index + 1},slot=${index + 1},hotplug=off`,
      ...(port.multifunction === true ? ['multifunction=on'] : []),
      ...(port.reservedBuses === undefined ? [] : [`bus-reserve=${port.reservedBuses}`]),
    ].join(','),
    ...functionsOf(port),
  ]);
}

function functionsOf(port: BoardPort): string[] {
  // In every function, as real ones have it: a function that is scanned again is grouped by its own header's bit
  // before the kernel looks at its neighbours (pci_scan_slot() in drivers/pci/probe.c).
  const multifunction = port.functions.length > 1 ? ',multifunction=on' : '';
  return port.functions.flatMap(({ number, device }) => [
    '-device',
    `${device},id=${port.id}-${number},bus=${port.id},addr=0x0.0x${number}${multifunction}`,
  ]);
}

/** QEMU's option syntax doubles a comma that belongs to a value (qemu(1), QemuOpts). */
function escaped(value: string): string {
  return value.replaceAll(',', ',,');
}
