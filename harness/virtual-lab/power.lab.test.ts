import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labTarget } from '../commands/lab-target.ts';
import { LabHost } from '../host/lab-host.ts';
import { QmpPower } from '../host/power/qmp.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { LabBench } from '../test/lab-bench.ts';
import { labStatus } from './instance.ts';
import { labConsoleFile, labMachine } from './outside.ts';

const name = 'test-power';
const wait = { timeoutMs: 120_000 };

let lab: LabBench;
beforeAll(async () => {
  lab = await LabBench.boot(name);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

/** Takes the power of the slot of 2c:00.3 away, which only a reset of the board gives back. */
async function killUsb(): Promise<void> {
  const path = await lab.onHost(['readlink', '-f', '/sys/bus/pci/devices/0000:2c:00.3']);
  await lab.onHost(['setpci', '-s', path.trim().split('/').at(-2) ?? '', 'CAP_EXP+18.w=0400:0400']);
  expect(await usbVendor()).toBe('ffff');
}

const usbVendor = async (): Promise<string> => (await lab.onHost(['setpci', '-s', '2c:00.3', 'VENDOR_ID'])).trim();

async function hostIsBack(): Promise<{ bootId: string; bios: string | null }> {
  const target = await labTarget(hostByName(await loadInventory(lab.inventory), 'virtual'));
  await using host = await LabHost.reconnect(target, wait);
  const { bootId, biosVersion } = await host.observer.identity(wait);
  return { bootId, bios: biosVersion };
}

describe('the power of a virtual lab', () => {
  it('brings a dead function back by a power cycle, with another BIOS, and what was written stays', async () => {
    const before = await labStatus(name);
    const console = await readFile(labConsoleFile(name), 'utf8');
    const power = new QmpPower(labMachine(name));
    const { bootId } = await hostIsBack();
    await lab.onHost(['sh', '-c', 'echo kept > /root/mark && sync']);
    await killUsb();

    await power.off(wait);
    expect(await power.state(wait)).toBe('off');
    expect(await labStatus(name)).toMatchObject({ condition: 'off', pid: null });
    await labMachine(name).setBios('5809', wait);
    await power.on(wait);
    expect(await power.state(wait)).toBe('on');

    const back = await hostIsBack();
    expect(back.bootId).not.toBe(bootId);
    expect(back.bios).toBe('5809');
    expect(await usbVendor()).toBe('1b36');
    expect(await lab.onHost(['cat', '/root/mark'])).toBe('kept\n');
    const after = await labStatus(name);
    expect(after).toMatchObject({ condition: 'running', bios: '5809' });
    if (before.condition === 'stopped' || after.condition === 'stopped') throw new Error('the lab is gone');
    expect(after.sshPort).toBe(before.sshPort);
    const added = await readFile(labConsoleFile(name), 'utf8');
    expect(added.startsWith(console)).toBe(true);
    expect(added.slice(console.length)).toContain('Linux version');
  });

  it('brings a dead function back by a reboot, in the same QEMU and through GRUB', async () => {
    const before = await labStatus(name);
    const { bootId } = await hostIsBack();
    const console = await readFile(labConsoleFile(name), 'utf8');
    await killUsb();
    const gone = lab.onHost(['sh', '-c', 'systemctl --no-block reboot; exec sleep 60']);
    await expect(gone).rejects.toThrow();

    expect((await hostIsBack()).bootId).not.toBe(bootId);
    expect(await usbVendor()).toBe('1b36');
    expect(await labStatus(name)).toEqual(before);
    expect((await readFile(labConsoleFile(name), 'utf8')).slice(console.length)).toMatch(/Booting `Debian GNU\/Linux/);
  });
});
