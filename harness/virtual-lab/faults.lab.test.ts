import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { LabBench } from '../test/lab-bench.ts';
import { loadFaultRules } from './faults/load.ts';
import { follow } from './instance/console.ts';
import { instanceFiles } from './instance/instance-files.ts';

const name = 'test-faults';
/** Bus resets are brought about by hand as well: one port of the board for each kind of fault. */
const rules = `
faults:
  - { what: bridge-config-lost, when: bus-reset, where: '2b:00.0', after: 1, times: 1 }
  - { what: slot-power-off, when: vm-stop, where: '2c:00.3' }
  - { what: link-down, when: vm-stop, where: '2d:00.3' }
  - { what: aer-uncorrectable, when: vm-stop, where: '2d:00.3', only: { kernels: ['6.1.*', '!*-bridgefix'] } }
  - { what: iommu-fault, when: vm-stop, where: '2b:00.0', only: { bios: ['29*'] } }
  - { what: function-removed, when: vm-stop, where: '03:00.0', only: { commandLine: ['pcie_acs_override=*'] } }
  - { what: sshd-dies, when: bus-reset, where: '00:07.0' }
  - { what: hang-on-reset, when: bus-reset, where: '00:08.0' }
  - { what: kernel-panic, when: bus-reset, where: '00:02.3', thenReboots: true, only: { boots: [1] } }
  - { what: no-boot, when: boot, only: { boots: [2] } }
`;

let lab: LabBench;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'comeback-faults-'));
  await writeFile(join(folder, 'faults.yaml'), rules);
  const faults = await loadFaultRules(join(folder, 'faults.yaml'));
  lab = await LabBench.boot(name, undefined, { faults });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const sh = (script: string): Promise<string> => lab.onHost(['sh', '-c', script]);
const resetBelow = (port: string): string => `echo 1 > /sys/bus/pci/devices/0000:${port}/reset_subordinate`;

/** Runs a script and reads registers after it with setpci, each as a word of hexadecimal digits. */
async function registersAfter(script: string, registers: readonly string[]): Promise<string[]> {
  const reads = registers.map((register) => `setpci -s ${register}`);
  return (
    (await sh([script, 'echo registers:', ...reads].join('\n'))).split('registers:\n')[1]?.trim().split('\n') ?? []
  );
}

/** Waits until the console says it; the test's own deadline bounds the wait. */
async function consoleSays(words: string): Promise<void> {
  const stop = new AbortController();
  let text = '';
  for await (const more of follow(instanceFiles(name).console, systemClock, stop.signal, true)) {
    text += more;
    if (text.includes(words)) return;
  }
}

describe('a host with fault rules', () => {
  it('shows nothing of them', async () => {
    const shown = await sh('ls /sys/firmware/qemu_fw_cfg/by_name 2>&1; ls /sys/module/comeback_lab/parameters; dmesg');
    expect(shown).toContain('pcie_acs_override');
    expect(shown).not.toMatch(/opt.comeback|faults|bridge-config|slot-power|hang-on|no-boot|chance=|\bboot$/m);
  });

  it('loses functions in three ways when its VM stops, before the stop has returned', async () => {
    const cycle = 'dmesg -C; qm start 100 >/dev/null 2>&1; qm stop 100';
    const registers = await registersAfter(cycle, [
      ...['2c:00.3 0.l', '00:07.0 CAP_EXP+18.w'],
      ...['2d:00.3 0.l', '00:08.0 CAP_EXP+10.w', '00:08.0 CAP_EXP+12.w', '00:08.0 CAP_EXP+18.w'],
      '2b:00.0 0.l',
    ]);
    expect(registers).toEqual(['ffffffff', '05c0', 'ffffffff', '0010', '0000', '01c0', '11111234']);

    const after = await sh('dmesg; ls /sys/bus/pci/devices');
    expect(after).not.toMatch(/^0000:03:00\.0$/m);
    expect(after).toContain(
      'pcieport 0000:00:08.0: AER: Uncorrected (Non-Fatal) error message received from 0000:2d:00.3',
    );
    expect(after).not.toContain('vfio-pci 0000:2b:00.0: AMD-Vi: Event logged');
  });

  it('gets them back the way that each was lost', async () => {
    const mend = `
      setpci -s 00:08.0 CAP_EXP+10.w=0:10
      setpci -s 00:07.0 CAP_EXP+18.w=0:400
      echo 1 > /sys/bus/pci/rescan`;
    expect(await registersAfter(mend, ['2d:00.3 0.l', '2c:00.3 0.l', '03:00.0 0.l'])).toEqual([
      ...['26688086', '000d1b36', '000d1b36'],
    ]);
  });

  it('loses the numbers of a bridge in a bus reset, once and not before the second cycle', async () => {
    const lost = await registersAfter(resetBelow('00:03.0'), ['00:03.0 19.b', '00:03.0 1a.b', '2b:00.0 0.l']);
    expect(lost).toEqual(['00', '00', 'ffffffff']);

    const mend = `setpci -s 00:03.0 19.b=2b 1a.b=2b; ${resetBelow('00:03.0')}`;
    expect(await registersAfter(mend, ['00:03.0 19.b', '2b:00.0 0.l'])).toEqual(['2b', '11111234']);
  });

  it('loses its sshd, and has another at once', async () => {
    await expect(sh(`touch /run/before; ${resetBelow('00:07.0')}; sleep 60`)).rejects.toThrow();
    await expect.poll(() => sh('ls /run/before').catch(() => ''), { timeout: 30_000 }).toBe('/run/before\n');
  });

  it('hangs in a bus reset, where no signal reaches the task', async () => {
    const state = await sh(`
      (${resetBelow('00:08.0')}) >/dev/null 2>&1 &
      until grep -q '^State:.D' /proc/$!/status; do sleep 0.1; done
      kill -KILL $!
      sleep 0.3
      grep '^State' /proc/$!/status`);
    expect(state).toMatch(/D \(disk sleep\)/);
  });

  it('panics and reboots, and then does not boot', async () => {
    const panicked = consoleSays('Kernel panic - not syncing: Fatal exception');
    await sh(`(sleep 0.5; ${resetBelow('00:02.3')}) >/dev/null 2>&1 &`);
    await panicked;
    await consoleSays('Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)');
  });
});
