import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/address.ts';
import { coversFunction } from './manager.ts';
import { lockOf, passthroughOf, qmValues } from './qm-output.ts';

const config = `args: -device vfio-pci,host=01:00.0
bios: ovmf
boot: order=scsi0
cores: 8
hostpci0: 2b:00,pcie=1,x-vga=1
hostpci1: host=0000:2c:00.3,pcie=1
hostpci2: 2d:00.3;2d:00.4,pcie=1
hostpci3: mapping=usb,pcie=1
lock: backup
name: gaming: with a colon
smbios1: uuid=0a1b
`;

const verbose = `cpus: 8
ballooninfo:
\tactual: 17179869184
\tmax_mem: 17179869184
pid: 1234
qmpstatus: paused
status: running
vmid: 100
`;

describe('what qm prints', () => {
  it('reads every address of every hostpci line, and no mapping', () => {
    const { passthrough, unreadable } = passthroughOf(qmValues(config));
    expect(passthrough).toEqual([
      { key: 'hostpci0', prefix: '0000:2b:00', managed: true },
      { key: 'hostpci1', prefix: '0000:2c:00.3', managed: true },
      { key: 'hostpci2', prefix: '0000:2d:00.3', managed: true },
      { key: 'hostpci2', prefix: '0000:2d:00.4', managed: true },
    ]);
    expect(unreadable).toEqual(['args: -device vfio-pci,host=01:00.0', 'hostpci3: mapping=usb,pcie=1']);
  });

  it('reads values that hold a colon, and no line of a nested hash', () => {
    expect(qmValues(config).get('name')).toBe('gaming: with a colon');
    const values = qmValues(verbose);
    expect([values.get('status'), values.get('qmpstatus'), values.get('actual')]).toEqual([
      'running',
      'paused',
      undefined,
    ]);
  });

  it('tells a locked VM from a free one', () => {
    expect(lockOf(qmValues(config))).toBe('backup');
    expect(lockOf(qmValues(verbose))).toBeNull();
  });

  it.each([
    ['0000:2b:00', '2b:00.1', true],
    ['0000:2b:00.0', '2b:00.0', true],
    ['0000:2b:00.0', '2b:00.1', false],
    ['0000:2b:00', '2c:00.0', false],
  ])('%s covers %s: %s', (prefix, text, covered) => {
    const address = parsePciAddress(text);
    expect(address !== undefined && coversFunction({ key: 'hostpci0', prefix, managed: true }, address)).toBe(covered);
  });
});
