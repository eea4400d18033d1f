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
  /** The instance's own overlay of the image's root file system, qcow2; `/dev/vda` of the host. */
  readonly rootDisk: string;
  /** The instance's own raw disk with GRUB and /boot, which the firmware boots from; `/dev/vdb` of the host. */
  readonly bootDisk: string;
  /** TCP port of the controller's loopback that leads to the lab host's sshd. */
  readonly sshPort: number;
  readonly authorizedKeysFile: string;
  readonly sshHostKeyFile: string;
  /** What the host's /etc/default/grub is to be at first. */
  readonly grubDefaultsFile: string;
  /** Compiled fault rules of this host; only its kernel module reads them. */
  readonly faultsFile?: string;
  readonly consoleFile: string;
  readonly qmpSocket: string;
}

/**
 * The buffer of translated code is small, in MiB, so that it is emptied now and then: QEMU checks every byte that is written to a page with code
 * of an earlier boot, and GRUB writes tens of MiB before it starts a kernel. With QEMU's own size each reboot takes longer than the last.
 */
const emulation = 'tcg,thread=multi,tb-size=96';

/** QEMU's arguments for a lab host. They hold for QEMU 7.2 and later. */
export function qemuArguments(spec: MachineSpec): string[] {
  return [
    ...['-name', `comeback-lab-${spec.name}`],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
    // AMD-Vi's interrupt remapping needs an I/O APIC outside the kernel; it takes 00:01.0, so that slot stays free.
    ...['-M', 'q35,kernel-irqchip=split,sata=off,smbus=off'],
    ...['-accel', spec.accelerator === 'kvm' ? 'kvm' : emulation],
    ...['-cpu', 'max', '-smp', '2', '-m', String(spec.memoryMib)],
    ...['-device', 'amd-iommu,intremap=on'],
    ...smbios(spec.bios),
    ...board(),
    ...['-drive', `if=none,id=root,format=qcow2,file=${escaped(spec.rootDisk)}`],
    ...['-device', 'virtio-blk-pci,drive=root,bus=pcie.0,addr=0x4'],
    ...['-drive', `if=none,id=boot,format=raw,file=${escaped(spec.bootDisk)}`],
    ...['-device', 'virtio-blk-pci,drive=boot,bus=pcie.0,addr=0x6,bootindex=0'],
    ...['-netdev', `user,id=net,hostfwd=tcp:127.0.0.1:${spec.sshPort}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net,romfile=,bus=pcie.0,addr=0x5'],
    ...['-fw_cfg', `name=opt/comeback/authorized_keys,file=${escaped(spec.authorizedKeysFile)}`],
    ...['-fw_cfg', `name=opt/comeback/ssh_host_key,file=${escaped(spec.sshHostKeyFile)}`],
    ...['-fw_cfg', `name=opt/comeback/default_grub,file=${escaped(spec.grubDefaultsFile)}`],
    ...(spec.faultsFile === undefined ? [] : ['-fw_cfg', `name=opt/comeback/faults,file=${escaped(spec.faultsFile)}`]),
    // Appended to, so that what was said before a power cut is not lost.
    ...['-chardev', `file,id=console,append=on,path=${escaped(spec.consoleFile)}`, '-serial', 'chardev:console'],
    // Its own words, traces too (QMP: trace-event-set-state), say when.
    ...['-msg', 'timestamp=on'],
    ...['-qmp', `unix:${escaped(spec.qmpSocket)},server=on,wait=off`],
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
