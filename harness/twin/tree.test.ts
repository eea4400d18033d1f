import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deviceIdText, isDeadConfig, parseConfigHeader } from '../pci/config-header.ts';
import { startTwin, type Twin } from './twin.ts';

const devices = (twin: Twin): string => join(twin.root, 'sys/bus/pci/devices');
const attribute = (twin: Twin, address: string, name: string): string =>
  readFileSync(join(devices(twin), `0000:${address}`, name), 'latin1');
const header = (twin: Twin, address: string) =>
  parseConfigHeader(Buffer.from(attribute(twin, address, 'config'), 'latin1').toString('hex'));

describe('the tree of a booted host', () => {
  it('has each function where the kernel puts it, below its ports, and no link that leads nowhere', async () => {
    await using twin = await startTwin();
    const listing = readdirSync(devices(twin));
    expect(listing).toEqual([...twin.functions].sort());
    expect(readlinkSync(join(devices(twin), '0000:23:00.0'))).toBe(
      '../../../devices/pci0000:00/0000:00:01.3/0000:03:00.2/0000:20:01.0/0000:23:00.0',
    );
    const links = readdirSync(twin.root, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isSymbolicLink(),
    );
    expect(links.length).toBeGreaterThan(100);
    for (const link of links) expect(realpathSync(join(link.parentPath, link.name))).toMatch(realpathSync(twin.root));
  });

  it('has config space that agrees with the cached attributes', async () => {
    await using twin = await startTwin();
    for (const address of twin.functions) {
      const short = address.slice(5);
      const config = header(twin, short);
      if (config === undefined) throw new Error(`${address} has no config header`);
      expect(isDeadConfig(config)).toBe(false);
      const [vendor, device] = deviceIdText(config).split(':');
      expect(attribute(twin, short, 'vendor')).toBe(`0x${String(vendor)}\n`);
      expect(attribute(twin, short, 'device')).toBe(`0x${String(device)}\n`);
      expect(attribute(twin, short, 'class')).toMatch(/^0x[0-9a-f]{6}\n$/);
    }
    expect(header(twin, '00:03.1')).toMatchObject({
      headerType: 1,
      busNumbers: { primary: 0, secondary: 0x2b, subordinate: 0x2b },
    });
    expect(header(twin, '03:00.2')?.busNumbers).toEqual({ primary: 3, secondary: 0x20, subordinate: 0x2a });
  });

  it('gives a reset method to 2c:00.3 alone of the functions of the VM', async () => {
    await using twin = await startTwin();
    expect(attribute(twin, '2c:00.3', 'reset_method')).toBe('pm\n');
    for (const none of ['2b:00.0', '2b:00.1', '2d:00.3', '03:00.0']) {
      const names = readdirSync(join(devices(twin), `0000:${none}`));
      expect(names).not.toContain('reset_method');
      expect(names).not.toContain('reset');
      expect(names).toContain('current_link_width');
    }
  });

  it('says who the host is and what it uses its functions for', async () => {
    await using twin = await startTwin({ boardName: 'PRIME X470-PRO', hostname: 'lab', commandLine: 'quiet splash' });
    const read = (path: string): string => readFileSync(join(twin.root, path), 'utf8');
    expect(read('sys/class/dmi/id/board_name')).toBe('PRIME X470-PRO\n');
    expect(read('proc/sys/kernel/hostname')).toBe('lab\n');
    expect(read('proc/cmdline')).toBe('quiet splash\n');
    expect(read('proc/sys/kernel/random/boot_id')).toBe(`${twin.bootId}\n`);
    expect(twin.bootId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(read('proc/mounts')).toContain('/dev/sda2 / ext4 ');
    expect(realpathSync(join(twin.root, 'sys/block/sda'))).toContain('/0000:03:00.1/');
    expect(realpathSync(join(twin.root, 'sys/class/net/enp35s0'))).toContain('/0000:23:00.0/');
    expect(basename(realpathSync(join(devices(twin), '0000:03:00.1/driver')))).toBe('ahci');
    expect(read('etc/pve/qemu-server/100.conf')).toContain('hostpci0: 2b:00,pcie=1\n');
  });

  it('logs the override only where the command line has it, with sequence numbers without a gap', async () => {
    await using split = await startTwin();
    await using lumped = await startTwin({ commandLine: 'quiet' });
    split.kmsg('first\nsecond', 4);
    const records = (twin: Twin): string[] =>
      readFileSync(join(twin.root, 'dev/kmsg'), 'utf8')
        .trimEnd()
        .split(/\n(?! )/);
    expect(records(split).filter((record) => record.includes('Warning: PCIe ACS overrides enabled;'))).toHaveLength(1);
    expect(records(lumped).join()).not.toContain('ACS overrides');
    expect(records(split).map((record) => Number(record.split(',')[1]))).toEqual(
      records(split).map((_, index) => index),
    );
    for (const record of records(split)) expect(record).toMatch(/^[0-7],\d+,\d+,-;/);
    expect(records(split).at(-1)).toMatch(/^4,\d+,\d+,-;first\\x0asecond$/);
  });

  it('repeats itself with the same seed', async () => {
    await using one = await startTwin({ seed: 7 });
    await using same = await startTwin({ seed: 7 });
    await using other = await startTwin({ seed: 8 });
    expect(same.bootId).toBe(one.bootId);
    expect(other.bootId).not.toBe(one.bootId);
  });
});
