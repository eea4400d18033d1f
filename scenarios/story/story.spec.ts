import { readFile } from 'node:fs/promises';
import { rungNames } from '../../harness/journal/events.ts';
import type { RunJudgement } from '../../harness/judge/run-judgement.ts';
import type { Lab } from '../fixtures.ts';
import { newBios, oldBios, panicWord, expect, test } from './story-lab.ts';

test('a: without the override USB shares a group with the host’s SATA, and no VM is started', async ({ story }) => {
  const cell = { name: 'a', commandLine: '-pcie_acs_override' };
  const { judgement, failure } = await story.tell('a', { cycles: 2, cell });
  expect(judgement).toMatchObject({ outcome: 'refused', cycles: { pass: 0, fail: 0 } });
  expect(failure?.message).toMatch(/split: .*03:00\.0 shares IOMMU group \d+ with 03:00\.1 .*SATA/);
});

test('b: "downstream" alone does not split it either', async ({ story }) => {
  const cell = { name: 'b', commandLine: 'pcie_acs_override=downstream' };
  const { judgement, failure } = await story.tell('b', { cycles: 2, cell });
  expect(judgement.outcome).toBe('refused');
  expect(failure?.message).toMatch(/03:00\.0 shares IOMMU group \d+ with 03:00\.1 .*SATA/);
});

test('c: "downstream,multifunction" splits it, and the VM gets all five functions', async ({ host, story }) => {
  const cell = { name: 'c', commandLine: 'pcie_acs_override=downstream,multifunction' };
  const { judgement } = await story.tell('c', { cycles: 1, cell });
  expect(judgement).toMatchObject({ outcome: 'pass', hostReboots: 0, identity: { acsOverrideWarning: true } });
  for (const { address } of host.config.functions) expect(judgement.functions.get(address)?.exercised).toBe(1);
});

test('d: with the old BIOS every kernel brings everything back', async ({ story }) => {
  for (const kernel of [story.kernels.newer, story.kernels.stock]) {
    const cell = { name: `d, ${kernel}`, kernel, bios: oldBios };
    const { judgement } = await story.tell('d', { cycles: 2, cell });
    expect(judgement).toMatchObject({ outcome: 'pass', cell: { kernel, bios: oldBios }, hostReboots: 0 });
  }
});

test('e: with the new BIOS an unpatched kernel loses the GPU, until its bridge is restored @ci', async ({
  host,
  story,
}) => {
  const cell = { name: 'e', kernel: story.kernels.stock, bios: newBios };
  const { judgement } = await story.tell('e', { cycles: 1, cell, recovery: { recover: 'restore-bridge' } });
  expect(judgement).toMatchObject({ outcome: 'fail', hostReboots: 0 });
  expectGpuLost(host, judgement, { 'restore-bridge': 1 });
});

test('e: or until the host is rebooted', async ({ host, story }) => {
  const cell = { name: 'e', kernel: story.kernels.stock, bios: newBios };
  const { judgement } = await story.tell('e', {
    cycles: 1,
    cell,
    recovery: { recover: 'host-reboot', skip: reviveWithoutReboot },
  });
  expect(judgement).toMatchObject({ outcome: 'fail', hostReboots: 1 });
  expectGpuLost(host, judgement, { 'host-reboot': 1 });
});

test('f: with the new BIOS the same kernel with the patch brings everything back', async ({ story }) => {
  const kernel = story.kernels.patched;
  const { judgement } = await story.tell('f', { cycles: 2, cell: { name: 'f', kernel, bios: newBios } });
  expect(judgement).toMatchObject({ outcome: 'pass', cell: { kernel, bios: newBios }, hostReboots: 0 });
});

test('g: after a kernel that does not boot the host is back in its default one, with the console as evidence', async ({
  story,
  survey,
}, testInfo) => {
  const before = (await survey()).identity;
  const { judgement, failure } = await story.tell('g', { cycles: 1, cell: { name: 'g', kernel: story.kernels.dead } });
  expect(judgement).toMatchObject({ outcome: 'infra', cycles: { pass: 0, fail: 0 } });
  expect(failure).toMatchObject({ code: 'BOOT_FAILED' });
  const journal = testInfo.attachments.find(({ name }) => name === 'journal')?.path ?? '';
  expect(await readFile(journal, 'utf8')).toMatch(/"t":"boot-done".*"console":\[.*Kernel panic - not syncing/);
  const { identity } = await survey();
  expect(identity.kernel).toBe(story.kernels.stock);
  expect(identity.bootId).not.toBe(before.bootId);
});

test('h: after a panic in cycle 2 the host is switched off and on, and the run goes on in its cell', async ({
  story,
}) => {
  const cell = { name: 'h', commandLine: panicWord, bios: oldBios };
  const { judgement } = await story.tell('h', { cycles: 3, cell });
  expect(judgement).toMatchObject({ outcome: 'infra', cycles: { pass: 2, infra: 1, fail: 0 }, hostReboots: 1 });
  const [lost] = judgement.failures;
  expect(lost).toMatchObject({ cycle: 2, outcome: 'infra' });
  expect(lost?.functions[0]).toMatchObject({ verdict: 'unobserved', departures: [{ symptom: 'host-wedged' }, {}] });
});

/** Rungs that could bring the GPU back before the reboot is asked. */
const reviveWithoutReboot = rungNames.slice(rungNames.indexOf('restore-bridge'), rungNames.indexOf('host-reboot'));

/** The GPU lost its bridge and came back by these rungs; everything else survived. */
function expectGpuLost(
  { config }: Lab,
  { functions }: RunJudgement,
  recoveries: Readonly<Record<string, number>>,
): void {
  const because = expect.stringMatching(/^bridge-config-lost: /) as unknown;
  for (const { address, role } of config.functions) {
    const wanted = role === 'gpu' ? { firstLost: { because }, recoveries } : { counts: { survived: 1 } };
    expect(functions.get(address), address).toMatchObject(wanted);
  }
}
