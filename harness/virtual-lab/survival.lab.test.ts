import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { comeback } from '../test/comeback-process.ts';
import type { JournalEvent } from '../journal/events.ts';
import { readJournal } from '../journal/reader.ts';
import type { CycleJudgement } from '../judge/verdict.ts';
import { LabBench } from '../test/lab-bench.ts';
import { journaledResets, LabResetRecord } from '../test/lab-reset-record.ts';
import { soakLab } from '../test/lab-soak.ts';

const summary = z.object({
  run: z.string(),
  outcome: z.string(),
  cycles: z.number(),
  hostReboots: z.number(),
  functions: z.array(z.object({ address: z.string(), survived: z.number(), lost: z.number(), exercised: z.number() })),
});
const readSummary = (stdout: string): z.infer<typeof summary> => summary.parse(JSON.parse(stdout));

/** More of them than belong into every run of the tests: COMEBACK_LAB_CYCLES=20. */
const cycles = Number(process.env['COMEBACK_LAB_CYCLES'] ?? 3);

let lab: LabBench;
let record: LabResetRecord;
beforeAll(async () => {
  lab = await LabBench.boot('test-split');
  record = await LabResetRecord.begin(lab);
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

describe('a real kernel with the override', () => {
  it(
    `brings all five functions back from ${cycles} VM stops`,
    async () => {
      const result = await comeback([...lab.soakArgs, '--cycles', String(cycles), '--json']);

      expect(result.exitCode, result.stderr).toBe(0);
      const { functions, ...rest } = readSummary(result.stdout);
      expect(rest).toMatchObject({ outcome: 'pass', cycles, hostReboots: 0 });
      expect(functions.map(({ address, survived, exercised }) => [address, survived, exercised])).toEqual(
        ['0000:2b:00.0', '0000:2b:00.1', '0000:2c:00.3', '0000:2d:00.3', '0000:03:00.0'].map((address) => [
          address,
          cycles,
          cycles,
        ]),
      );
    },
    300_000 + cycles * 30_000,
  );

  it('told in each cycle the very resets that the lab itself has on record', async () => {
    const { run } = summary.pick({ run: true }).parse(JSON.parse(await lab.runFile('summary.json')));
    const events: JournalEvent[] = [];
    for await (const event of readJournal(join(lab.reports, run, 'journal.ndjson'))) events.push(event);
    expect(events.filter(({ t }) => t === 'reset-source')).toMatchObject([{ source: 'kernel-events' }]);
    const recorded = await record.ofCycles(events);
    expect(recorded.map(({ bus }) => bus.length)).toEqual(Array(cycles).fill(2));
    expect(journaledResets(events)).toEqual(recorded);
    // vfio-pci is loaded by the first start; its functions are probed from then on.
    const first = events.flatMap((event) => (event.t === 'resets' ? (event.resets ?? []) : []));
    expect(first.map(({ function: own, during }) => `${own ?? 'none'} ${during ?? 'neither'}`)).toEqual(
      [
        ...[
          '2b:00.0 neither',
          '03:00.0 neither',
          '2b:00.0 open',
          '2b:00.1 open',
          '2c:00.3 open',
          '2d:00.3 open',
          '03:00.0 open',
        ],
        ...['2b:00.0 neither', '2b:00.0 close'],
      ].map((words) => `0000:${words}`),
    );
    const text = (await comeback(['report', run, '--reports', lab.reports])).stdout;
    expect(text).toMatch(/USB 2c:00\.3 is never reset between guests: bus reset refused, group \d+ not owned/);
    expect(text).toMatch(/GPU 2b:00\.0 is reset between guests: bus reset below 00:03\.0/);
  });

  it('gives the same JUnit again from the journal alone', async () => {
    const junit = await lab.runFile('junit.xml');
    const { run } = summary.pick({ run: true }).parse(JSON.parse(await lab.runFile('summary.json')));

    const again = await comeback(['report', run, '--reports', lab.reports]);

    expect(again.exitCode, again.stderr).toBe(0);
    expect(await lab.runFile('junit.xml')).toBe(junit);
    expect(junit).toMatch(/tests="7"/);
    expect(junit).not.toMatch(/<failure|<error/);
  });
});

/** A domain of libvirt on the same host. Its functions begin with the drivers of the host: 2b:00.0 with none. */
describe('the same host under libvirt', () => {
  const all = ['2b:00.0', '2b:00.1', '2c:00.3', '2d:00.3', '03:00.0'];
  const sh = (...lines: string[]): Promise<string> => lab.onHost(['sh', '-c', lines.join('\n')]);
  const refused = "Unknown PCI header type '127' for device '0000:2b:00.0'";

  it('names what died, what libvirt refused over it, and what did not get its driver back', async () => {
    // Proxmox left them on vfio-pci, which would take them by their ids again.
    await sh('modprobe -r vfio-pci', ...all.map((address) => `echo 0000:${address} > /sys/bus/pci/drivers_probe`));
    const { judgement, events } = await soakLab(
      lab,
      { cycles: 3 },
      {
        running: (cycle) => sh(cycle === 3 ? 'rmmod xhci_pci' : ':'),
        // The first cycle leaves the port above 2b without bus numbers, the second gives them back.
        stopped: (cycle) =>
          sh(['', 'setpci -s 00:03.0 19.b=0 1a.b=0', 'setpci -s 00:03.0 19.b=2b 1a.b=2b'][cycle] ?? ':'),
      },
      'virtual-libvirt',
    );
    await sh('modprobe xhci_pci');

    const survived = Object.fromEntries(all.map((address) => [`0000:${address}`, 'survived']));
    expect(judgement.failures.map(said)).toEqual([
      { ...survived, '0000:2b:00.0': 'lost bridge-config-lost', '0000:2b:00.1': 'lost bridge-config-lost' },
      { ...survived, '0000:2b:00.0': 'lost vm-refused', '0000:2b:00.1': 'degraded bridge-config-lost' },
      { ...survived, '0000:2c:00.3': 'degraded wrong-driver', '0000:03:00.0': 'degraded wrong-driver' },
    ]);
    const [, second, third] = judgement.failures;
    expect(second?.because).toContain(refused);
    expect(third?.because).toContain('driver none, expected xhci_hcd');
    expect(events.filter((event) => event.t === 'act-done' && !event.ok)).toMatchObject([
      { act: 'vm-start', cycle: 2, exitCode: 1 },
    ]);
  });
});

/** Verdict and first symptom of each function. */
function said({ functions }: CycleJudgement): Record<string, string> {
  return Object.fromEntries(
    functions.map(({ address, verdict, departures: [first] }) => [
      address,
      [verdict, ...(verdict === 'survived' || first === undefined ? [] : [first.symptom])].join(' '),
    ]),
  );
}
