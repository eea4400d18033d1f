import { describe, expect, test } from 'vitest';
import { type MachineSpec, qemuArguments } from './arguments.ts';
import { boardPorts } from './board.ts';

const spec: MachineSpec = {
  name: 'virtual',
  accelerator: 'tcg',
  memoryMib: 2048,
  bios: '2304',
  rootDisk: '/state/root.qcow2',
  bootDisk: '/state/boot.img',
  grubDefaultsFile: '/state/default-grub',
  sshPort: 2222,
  authorizedKeysFile: '/state/id.pub',
  sshHostKeyFile: '/state/host_key',
  consoleFile: '/state/console.log',
  qmpSocket: '/state/qmp.sock',
};

/** Values of an option, in order. */
function valuesOf(option: string, changes: Partial<MachineSpec> = {}): string[] {
  const argv = qemuArguments({ ...spec, ...changes });
  return argv.flatMap((word, index) => (word === option ? [argv[index + 1] ?? ''] : []));
}

/** Secondary bus of each port, numbered as firmware does: depth first, reserved numbers kept free. */
function secondaryBuses(): Map<string, number> {
  let next = 1;
  return new Map(
    boardPorts.map(({ id, reservedBuses = 0 }) => {
      const bus = next;
      next += 1 + reservedBuses;
      return [id, bus];
    }),
  );
}

describe('the arguments of QEMU', () => {
  test('put the functions where the seed has them', () => {
    const buses = secondaryBuses();
    const addresses = boardPorts.flatMap(({ id, functions }) =>
      functions.map(
        ({ number, device }) => `${(buses.get(id) ?? 0).toString(16).padStart(2, '0')}:00.${number} ${device}`,
      ),
    );
    expect(addresses).toEqual([
      '03:00.0 qemu-xhci',
      '03:00.1 ich9-ahci',
      '2b:00.0 bochs-display',
      '2b:00.1 intel-hda',
      '2c:00.0 pci-testdev',
      '2c:00.3 qemu-xhci',
      '2d:00.0 pci-testdev',
      '2d:00.2 ich9-ahci',
      '2d:00.3 intel-hda',
    ]);
  });

  test('mark every function of a shared slot as one of many', () => {
    const endpoints = valuesOf('-device').filter((device) => /bus=(?:chipset|graphics|cpu\d)/.test(device));
    expect(endpoints).toHaveLength(9);
    expect(endpoints.filter((device) => !device.endsWith(',multifunction=on'))).toEqual([]);
  });

  test('leave slot power to whoever writes it', () => {
    const ports = valuesOf('-device').filter((device) => device.startsWith('pcie-root-port'));
    expect(ports).toHaveLength(boardPorts.length);
    expect(ports.filter((port) => !port.includes(',hotplug=off'))).toEqual([]);
  });

  test('boot from the disk that GRUB is on, which is the second of the host', () => {
    expect(valuesOf('-drive')).toEqual([
      'if=none,id=root,format=qcow2,file=/state/root.qcow2',
      'if=none,id=boot,format=raw,file=/state/boot.img',
    ]);
    const disks = valuesOf('-device').filter((device) => device.startsWith('virtio-blk-pci'));
    // Linux names virtio disks by their order on the bus.
    expect(disks.map((disk) => /drive=(\w+),bus=pcie\.0,addr=0x(\d)(,bootindex=0)?$/.exec(disk)?.slice(1))).toEqual([
      ['root', '4', undefined],
      ['boot', '6', ',bootindex=0'],
    ]);
  });

  test('add to a console that is there already', () => {
    expect(valuesOf('-chardev')).toEqual(['file,id=console,append=on,path=/state/console.log']);
  });

  test('listen on the loopback only', () => {
    expect(valuesOf('-netdev')).toEqual(['user,id=net,hostfwd=tcp:127.0.0.1:2222-:22']);
  });

  test('tell the BIOS version, and double a comma that is part of a value', () => {
    expect(valuesOf('-smbios', { bios: '2304,beta' })).toContain(
      'type=0,vendor=American Megatrends Inc.,version=2304,,beta',
    );
    expect(valuesOf('-drive', { rootDisk: '/a,b/root.img' })[0]).toMatch(/file=\/a,,b\/root\.img$/);
  });

  test('hand over fault rules only where there are any', () => {
    const items = (changes: Partial<MachineSpec>): string[] =>
      valuesOf('-fw_cfg', changes).map((item) => item.split(',')[0] ?? '');
    expect(items({})).toEqual([
      'name=opt/comeback/authorized_keys',
      'name=opt/comeback/ssh_host_key',
      'name=opt/comeback/default_grub',
    ]);
    expect(valuesOf('-fw_cfg', { faultsFile: '/state/a,b' })).toContain('name=opt/comeback/faults,file=/state/a,,b');
  });

  test.each([
    ['kvm', 'kvm'],
    ['tcg', 'tcg,thread=multi,tb-size=96'],
  ] as const)('run under %s', (accelerator, argument) => {
    expect(valuesOf('-accel', { accelerator })).toEqual([argument]);
  });
});
