import { expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import { labTarget } from '../../commands/lab-target.ts';
import { hostByName, loadInventory } from '../../inventory/load.ts';
import { LabBench } from '../../test/lab-bench.ts';
import { LabHost } from '../lab-host.ts';
import { type AskedCell, bootCell, type BootCellDeps, type BootedCell } from './boot-cell.ts';
import type { BootEvent } from './boot-report.ts';
import { detectLoader } from './detect-loader.ts';

const wait = { timeoutMs: 60_000 };

it('boots another kernel with another command line once, proves it, and goes back to the default', async () => {
  await using lab = await LabBench.boot('test-boot');
  const target = await labTarget(hostByName(await loadInventory(lab.inventory), 'virtual'));
  const events: BootEvent[] = [];
  const deps = (host: LabHost): BootCellDeps => ({
    host,
    reconnect: (patience) => LabHost.reconnect(target, patience),
    writeDown: (event) => {
      events.push(event);
      return Promise.resolve();
    },
    clock: systemClock,
    timeouts: { commandMs: 60_000, bootMs: 120_000, powerMs: 60_000, disarmMs: 10_000 },
  });
  const boot = async (cell: AskedCell, host: LabHost): Promise<BootedCell> => await bootCell(cell, deps(host));

  const first = await LabHost.connect(target, wait);
  const loader = await detectLoader(first.session, wait);
  expect([loader.kind, loader.endsBy]).toEqual([expect.any(String), 'loader']);
  const kernels = await loader.kernels(wait);
  const standard = kernels.filter(({ isDefault }) => isDefault).map(({ version }) => version);
  const other = kernels.find(({ version }) => version.startsWith('6.12.'))?.version ?? 'a 6.12 kernel';
  expect(standard).toEqual([expect.stringMatching(/^6\.1\.0-\d+-amd64$/)]);
  expect(kernels.length).toBeGreaterThanOrEqual(7);

  const asked = { name: 'other', kernel: other, commandLine: 'pcie_acs_override=downstream -mitigations' };
  const { host, identity } = await boot(asked, first);
  expect(identity).toMatchObject({ kernel: other, acsOverrideWarning: true });
  expect(identity.commandLine).not.toContain('mitigations');

  const back = await boot({ name: 'default', kernel: undefined, commandLine: undefined }, host);
  await using _last = back.host;
  expect(back.identity.kernel).toBe(standard[0]);
  expect(back.identity.commandLine).toContain('pcie_acs_override=downstream,multifunction');
  expect(events.map(({ t }) => t)).toEqual(['boot-intent', 'boot-done', 'boot-intent', 'boot-done']);
});
