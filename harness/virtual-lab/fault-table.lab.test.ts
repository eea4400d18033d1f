import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent, JournalEventOf } from '../journal/events.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { LabBench } from '../test/lab-bench.ts';
import { soakLab } from '../test/lab-soak.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { loadFaultRules } from './faults/load.ts';
import { instanceFiles } from './instance/instance-files.ts';
import { QmpClient } from './instance/qmp.ts';

const name = 'test-table';

const rules = `
faults:
  - { what: iommu-fault, when: vm-stop, where: '2d:00.3', after: 1, times: 1 }
  - { what: link-down, when: vm-stop, where: '2d:00.3', after: 2, times: 1 }
`;

let lab: LabBench;
beforeAll(async () => {
  await using folder = await temporaryDirectory();
  await writeFile(join(folder.path, 'faults.yaml'), rules);
  lab = await LabBench.boot(name, undefined, { faults: await loadFaultRules(join(folder.path, 'faults.yaml')) });
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const pci = '/sys/bus/pci';
const sh = (...lines: string[]): Promise<string> => lab.onHost(['sh', '-c', lines.join('\n')]);

/** The board raises an error of this port's (HMP pcie_aer_inject_error; the status bits are those of the AER capability). */
async function raiseError(port: string, error: string): Promise<void> {
  await using qmp = await QmpClient.connect(instanceFiles(name).qmpSocket, { timeoutMs: 5000 });
  await qmp.execute(
    'human-monitor-command',
    { timeoutMs: 5000 },
    { 'command-line': `pcie_aer_inject_error ${error.replace('PORT', port)}` },
  );
}

/** A process that has the VFIO group of a function open until {@link release}. */
const hold = (address: string): string => `
  group=$(basename $(readlink ${pci}/devices/${address}/iommu_group))
  perl -e 'open F, "+<", "/dev/vfio/$ARGV[0]" or die; sleep 600' $group </dev/null >/dev/null 2>&1 &
  echo $! > /run/holder
  until [ -n "$(ls -l /proc/$!/fd | grep vfio)" ]; do sleep 0.05; done`;
const release = 'kill $(cat /run/holder)';

/** The functions come back in the other order, so each gets the other's group; then they are taken to the driver of passthrough again. */
const swapGroups = `
  for f in 0000:2c:00.3 0000:2d:00.3; do echo 1 > ${pci}/devices/$f/remove; done
  echo 1 > ${pci}/devices/0000:00:08.0/pci_bus/0000:2d/rescan
  echo 1 > ${pci}/devices/0000:00:07.0/pci_bus/0000:2c/rescan
  for f in 0000:2c:00.3 0000:2d:00.3; do
    echo $f > ${pci}/devices/$f/driver/unbind
    echo vfio-pci > ${pci}/devices/$f/driver_override
    echo $f > ${pci}/drivers_probe
    echo > ${pci}/devices/$f/driver_override
  done`;

/** What befalls the host in the rests of each cycle, and what every function must then be called. */
interface Row {
  readonly what: string;
  readonly running?: () => Promise<unknown>;
  readonly stopped?: () => Promise<unknown>;
  /** Verdict, symptoms in order, and the rung that won; a function that is not named survived. */
  readonly functions: Readonly<Record<string, string>>;
}

const all = ['2b:00.0', '2b:00.1', '2c:00.3', '2d:00.3', '03:00.0'];
const each = (said: string): Record<string, string> => Object.fromEntries(all.map((address) => [address, said]));

const rows: readonly Row[] = [
  { what: 'nothing', functions: {} },
  {
    what: 'bus numbers lost, slot without power, a DMA fault, an uncorrectable error of a port',
    stopped: async () => {
      await sh('setpci -s 00:03.0 19.b=0 1a.b=0', 'setpci -s 00:07.0 CAP_EXP+18.w=0400:0400');
      await raiseError('chipset', 'PORT 0x100000');
    },
    functions: {
      '2b:00.0': 'lost bridge-config-lost config-dead by restore-bridge',
      '2b:00.1': 'lost bridge-config-lost config-dead by restore-bridge',
      '2c:00.3': 'lost slot-power-off config-dead by restore-bridge',
      '2d:00.3': 'degraded iommu-fault',
      '03:00.0': 'degraded aer-uncorrectable',
    },
  },
  {
    what: 'memory windows lost, a foreign driver, link down, a correctable error of a port',
    stopped: async () => {
      await sh(
        'setpci -s 00:03.0 20.l=0 24.l=0',
        `echo 0000:2c:00.3 > ${pci}/drivers/vfio-pci/unbind`,
        `echo xhci_hcd > ${pci}/devices/0000:2c:00.3/driver_override`,
        `echo 0000:2c:00.3 > ${pci}/drivers_probe`,
        `echo > ${pci}/devices/0000:2c:00.3/driver_override`,
      );
      await raiseError('chipset', '-c PORT 0x1');
    },
    functions: {
      '2b:00.0': 'lost bridge-config-lost by restore-bridge',
      '2b:00.1': 'lost bridge-config-lost by restore-bridge',
      '2c:00.3': 'degraded wrong-driver',
      '2d:00.3': 'lost link-down config-dead by restore-bridge',
    },
  },
  {
    what: 'a function unbound under the running VM, another one dropped by the kernel',
    running: () => sh(`(echo 0000:2d:00.3 > ${pci}/drivers/vfio-pci/unbind) </dev/null >/dev/null 2>&1 &`),
    stopped: () => sh(`echo 1 > ${pci}/devices/0000:2b:00.1/remove`),
    functions: { '2b:00.1': 'lost missing by rescan', '2d:00.3': 'degraded wrong-driver' },
  },
  {
    what: 'a group held by a process',
    stopped: () => sh(hold('0000:2c:00.3')),
    // The function that was unbound was still without a driver before this start.
    functions: { '2c:00.3': 'degraded still-held', '2d:00.3': 'degraded wrong-driver' },
  },
  {
    what: 'a start that is refused over the held group',
    stopped: () => sh(release),
    // Who holds it is at fault, and no function; nobody saw the others in the VM's hands.
    functions: { ...each('unobserved'), '2c:00.3': 'degraded still-held' },
  },
  {
    what: 'a QEMU that is killed',
    // It resets what it held before it is gone, and in a slow lab that outlasts the rest.
    running: () =>
      sh('pid=$(cat /run/qemu-server/100.pid)', 'kill -KILL $pid', 'while kill -0 $pid; do sleep 0.05; done'),
    functions: each('unobserved'),
  },
  {
    what: 'vfio-pci unloaded',
    stopped: () => sh('rmmod vfio_pci'),
    functions: each('degraded wrong-driver'),
  },
  {
    what: 'a reset method switched off, groups that changed, a function dropped by the kernel beside a SATA controller of the host',
    stopped: () =>
      sh(`echo > ${pci}/devices/0000:2b:00.0/reset_method`, swapGroups, `echo 1 > ${pci}/devices/0000:03:00.0/remove`),
    functions: {
      // Before the start each lacked its driver still, but for the graphics, which has none before its first VM either.
      ...each('degraded wrong-driver'),
      '2b:00.0': 'degraded reset-method-changed',
      '2c:00.3': 'degraded group-changed wrong-driver',
      '2d:00.3': 'degraded group-changed wrong-driver',
      '03:00.0': 'lost missing wrong-driver by host-reboot',
    },
  },
];

describe('a lab in which something else breaks in every cycle', () => {
  let judgement: RunJudgement;
  let events: readonly JournalEvent[];
  beforeAll(async () => {
    ({ judgement, events } = await soakLab(
      lab,
      { cycles: rows.length, recovery: { recover: 'host-reboot', skip: ['wait', 'suspend'] } },
      {
        running: async (cycle) => rows[cycle - 1]?.running?.(),
        stopped: async (cycle) => rows[cycle - 1]?.stopped?.(),
      },
    ));
  }, 1_200_000);

  it.each(rows.map(({ what, functions }, index) => ({ cycle: index + 1, what, functions })))(
    'cycle $cycle names $what',
    ({ cycle, functions }) => {
      const failure = judgement.failures.find((one) => one.cycle === cycle);
      const said = Object.fromEntries(
        (failure?.functions ?? []).map(({ address, verdict, departures, recoveredBy }) => [
          address.slice('0000:'.length),
          [
            verdict,
            ...departures.map(({ symptom }) => symptom),
            ...(recoveredBy === undefined ? [] : [`by ${recoveredBy}`]),
          ].join(' '),
        ]),
      );
      const expected = Object.keys(functions).length === 0 ? {} : { ...each('survived'), ...functions };
      expect(said).toEqual(expected);
    },
  );

  it('touches no bus on which the host has functions', () => {
    const rungs = events.filter((event): event is JournalEventOf<'rung-done'> => event.t === 'rung-done');
    const refused = rungs.filter(({ standing }) => standing === 'forbidden');
    expect(refused.map(({ rung }) => rung)).toEqual(['rescan', 'bus-reset', 'd3cold']);
    for (const { message } of refused)
      expect(message).toMatch(/functions of the host: 03:00\.1 \[8086:2922\] \(ahci\)/);
  });
});
