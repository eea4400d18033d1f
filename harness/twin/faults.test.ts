import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDeadConfig, parseConfigHeader } from '../pci/config-header.ts';
import { recogniseKernelLine } from '../pci/kernel-lines.ts';
import { parsePortExpress } from '../pci/port-express.ts';
import { RawClient } from './raw-client.ts';
import { startTwin, type Twin } from './twin.ts';

const file = (twin: Twin, address: string, name: string): string =>
  join(twin.root, 'sys/bus/pci/devices', `0000:${address}`, name);
const text = (twin: Twin, address: string, name: string): string =>
  readFileSync(file(twin, address, name), 'utf8').trimEnd();
const header = (twin: Twin, address: string) => {
  const parsed = parseConfigHeader(readFileSync(file(twin, address, 'config')).toString('hex'));
  if (parsed === undefined) throw new Error('config is too short');
  return parsed;
};

describe('functions that fail', () => {
  it('a killed function reads all ones, lies about its power state, and no VM starts with it until it is revived', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    twin.kill('2b:00.1');
    expect(isDeadConfig(header(twin, '2b:00.1'))).toBe(true);
    expect(isDeadConfig(header(twin, '2b:00.0'))).toBe(false);
    expect(text(twin, '2b:00.1', 'current_link_speed')).toBe('Unknown');
    expect(text(twin, '2b:00.1', 'current_link_width')).toBe('63');
    expect(text(twin, '2b:00.1', 'power_state')).toBe('D0');
    expect(text(twin, '2b:00.1', 'vendor')).toBe('0x10de');

    const refused = await client.exec('qm start 100');

    expect(refused).toMatchObject({ exitCode: 255, stderr: 'start failed: QEMU exited with code 1\n' });
    expect(refused.stdout).toMatch(
      /^kvm: -device vfio-pci,host=0000:2b:00\.1,id=hostpci0\.1,.* error getting device from group \d+: Input\/output error$/m,
    );
    expect(twin.vmRunning).toBe(false);
    twin.revive('2b:00.1');
    expect((await client.exec('qm start 100')).exitCode).toBe(0);
  });

  it('a port without bus numbers takes all below it along, and gives all of it back', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    twin.loseBridgeConfig('00:03.1');
    expect(header(twin, '00:03.1')).toMatchObject({ headerType: 1, busNumbers: { secondary: 0, subordinate: 0 } });
    for (const below of ['2b:00.0', '2b:00.1']) expect(isDeadConfig(header(twin, below))).toBe(true);
    expect(isDeadConfig(header(twin, '2c:00.3'))).toBe(false);

    const refused = await client.exec('qm start 100');

    expect(refused.stdout).toContain(
      'Failed to set up TRIGGER eventfd signaling for interrupt INTX-0: VFIO_DEVICE_SET_IRQS failure: No such device',
    );
    const storm = readFileSync(join(twin.root, 'dev/kmsg'), 'utf8').match(/vfio_cap_init: hiding cap 0xff@0xff/g);
    expect(storm).toHaveLength(48);
    twin.revive('00:03.1');
    expect(isDeadConfig(header(twin, '2b:00.0'))).toBe(false);
    expect(header(twin, '00:03.1').busNumbers?.secondary).toBe(0x2b);
  });

  it('a slot without power and a link that is down say so in the port, and take all below it along', async () => {
    await using twin = await startTwin();
    const express = (port: string) =>
      parsePortExpress(
        readFileSync(file(twin, port, 'config'))
          .subarray(0x58, 0x58 + 28)
          .toString('hex'),
      );
    const healthy = { linkDisabled: false, linkActive: true, linkWidth: 16, slotPoweredOff: false };
    expect(express('00:03.1')).toEqual(healthy);
    twin.powerOffSlot('00:03.1');
    expect(express('00:03.1')).toEqual({ ...healthy, linkActive: false, slotPoweredOff: true });
    twin.disableLink('00:01.3');
    expect(express('00:01.3')).toMatchObject({ linkDisabled: true, linkActive: false, linkWidth: 0 });
    for (const below of ['2b:00.0', '2b:00.1', '03:00.0', '20:01.0'])
      expect(isDeadConfig(header(twin, below))).toBe(true);
    expect(() => {
      twin.powerOffSlot('00:07.1');
    }).toThrow(/has no slot/);
    twin.revive('00:03.1');
    expect(express('00:03.1')).toEqual(healthy);
    expect(isDeadConfig(header(twin, '2b:00.0'))).toBe(false);
  });

  it.each(['4.15.18-30-pve', '4.19.0', '5.4.6', '6.1.0-56-amd64', '6.8.12-4-pve'])(
    'the kernel %s accuses a function in words that are understood',
    async (kernelRelease) => {
      await using twin = await startTwin({ kernelRelease });
      twin.report('iommu-fault', '2b:00.0');
      twin.report('aer-uncorrectable', '2c:00.3');
      const signs = readFileSync(join(twin.root, 'dev/kmsg'), 'utf8')
        .split('\n')
        .map((record) => recogniseKernelLine(record.replace(/^[^;]*;/, '')));
      expect(signs.filter((sign) => sign !== undefined)).toEqual([
        { symptom: 'iommu-fault', device: '0000:2b:00.0' },
        { symptom: 'aer-uncorrectable', device: '0000:2c:00.3' },
        { symptom: 'aer-uncorrectable', device: '0000:2c:00.3' },
      ]);
    },
  );

  it('a removed function leaves the listing, its group and its driver', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    twin.removeFunction('2c:00.3');
    expect(existsSync(file(twin, '2c:00.3', 'config'))).toBe(false);
    expect(existsSync(join(twin.root, 'sys/bus/pci/drivers/xhci_hcd/0000:2c:00.3'))).toBe(false);
    expect(twin.functions).not.toContain('0000:2c:00.3');
    expect((await client.exec('qm start 100')).stderr).toBe("no PCI device found for '2c:00.3'\n");
  });

  it('a fault can strike right after the act that a test names', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    using agesa = twin.record.subscribe((event) => {
      if (event.kind === 'reset' && event.method === 'bus' && event.function === '0000:2b:00.1')
        twin.loseBridgeConfig('00:03.1');
    });
    expect((await client.exec('qm start 100')).exitCode).toBe(0);
    expect(isDeadConfig(header(twin, '2b:00.0'))).toBe(true);
    expect(agesa).toBeDefined();
  });
});

describe('hosts that fail', () => {
  it('a reboot has a new boot_id, the same port and key, living functions on host drivers, and no VM', async () => {
    await using twin = await startTwin({ vm: { running: true } });
    const { port, hostKeySha256, bootId } = twin;
    const client = await RawClient.connect(twin);
    twin.kill('03:00.0');
    await client.open('sleep 600');

    await twin.reboot();

    await client.closed;
    expect(twin.runningCommands).toEqual([]);
    expect(twin).toMatchObject({ port, hostKeySha256, vmRunning: false });
    expect(twin.bootId).not.toBe(bootId);
    expect(isDeadConfig(header(twin, '03:00.0'))).toBe(false);
    expect(text(twin, '2b:00.0', 'enable')).toBe('1');
    await using again = await RawClient.connect(twin);
    expect((await again.exec('cat "$COMEBACK_ROOT/proc/sys/kernel/random/boot_id"')).stdout).toBe(`${twin.bootId}\n`);
    expect((await again.exec('qm status 100')).stdout).toBe('status: stopped\n');
  });

  it('a qm that waits when the power goes never comes to its end', async () => {
    await using twin = await startTwin();
    const client = await RawClient.connect(twin);
    const held = twin.qm.hold('start');
    void client.open('qm start 100');
    await held.reached;
    await twin.reboot();
    held.release();
    await client.closed;
    await using again = await RawClient.connect(twin);
    expect((await again.exec('qm start 100')).exitCode).toBe(0);
    expect(twin.record.count('vm-started')).toBe(1);
  });

  it('nobody listens while the power is off', async () => {
    await using twin = await startTwin();
    await twin.powerOff();
    await expect(RawClient.connect(twin)).rejects.toThrow(/ECONNREFUSED/);
    await twin.powerOn();
    await using client = await RawClient.connect(twin);
    expect((await client.exec('true')).exitCode).toBe(0);
  });

  it('dropped connections end without an exit status, and qm goes on', async () => {
    await using twin = await startTwin();
    const client = await RawClient.connect(twin);
    const held = twin.qm.hold('start');
    const running = client.exec('qm start 100');
    await held.reached;
    twin.dropConnections();
    expect(await running).toMatchObject({ exitCode: null, signal: null });
    expect(await client.closed).toMatchObject({ code: 'ECONNRESET' });
    held.release();
    await using again = await RawClient.connect(twin);
    expect((await again.exec('qm status 100')).stdout).toBe('status: running\n');
  });

  it('a frozen host says nothing on old and new connections, and all of it once it thaws', async () => {
    await using twin = await startTwin();
    await using client = await RawClient.connect(twin);
    twin.freeze();
    let answered = 0;
    const old = client.exec('echo old').then((result) => (answered++, result));
    const fresh = RawClient.connect(twin).then((connected) => (answered++, connected));
    await expect.poll(() => twin.connections).toBe(2);
    await using other = await startTwin();
    await using bystander = await RawClient.connect(other);
    await bystander.exec('true');
    expect(answered).toBe(0);
    twin.thaw();
    expect((await old).stdout).toBe('old\n');
    await using late = await fresh;
    expect((await late.exec('echo new')).stdout).toBe('new\n');
  });

  it('another host key answers after a swap, and a refused key gets nothing', async () => {
    await using twin = await startTwin();
    const before = twin.hostKeySha256;
    twin.swapHostKey();
    expect(twin.hostKeySha256).not.toBe(before);
    await using client = await RawClient.connect(twin);
    expect((await client.exec('true')).exitCode).toBe(0);
    await using stranger = await startTwin();
    await expect(RawClient.connect(twin, stranger.clientPrivateKey)).rejects.toThrow(/authentication methods failed/);
    twin.refuseAuthentication();
    await expect(RawClient.connect(twin)).rejects.toThrow(/authentication methods failed/);
    expect(twin.record.count('authentication-refused')).toBe(2);
  });
});
