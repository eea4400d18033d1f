import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readJournal } from '../journal/reader.ts';
import { RunJudge } from '../judge/run-judge.ts';
import { comeback } from '../test/comeback-process.ts';
import { TwinBench } from '../test/twin-bench.ts';
import { startTwin, type Twin } from '../twin/twin.ts';

/** Name and symptoms of each function after a run of one cycle at whose end this befalls the host. */
async function namesAfter(befall: (twin: Twin) => void): Promise<Record<string, string[]>> {
  await using twin = await startTwin({});
  await using bench = await TwinBench.create(twin);
  using _fault = twin.record.subscribe((event) => {
    if (event.kind === 'vm-stopped') befall(twin);
  });
  const result = await comeback([...bench.soakArgs, '--cycles', '1']);
  expect(result.exitCode, result.stderr).toBe(1);
  const judge = new RunJudge();
  const [run = ''] = await readdir(bench.reports);
  for await (const event of readJournal(join(bench.reports, run, 'journal.ndjson'))) judge.push(event);
  const functions = judge.result().failures.flatMap((failure) => failure.functions);
  return Object.fromEntries(
    functions.map(({ address, verdict, departures }) => [
      address.slice('0000:'.length),
      [verdict, ...departures.map(({ symptom }) => symptom)],
    ]),
  );
}

it('a run names four faults that strike at once, each on its own function', async () => {
  const names = await namesAfter((twin) => {
    twin.powerOffSlot('00:03.1');
    twin.disableLink('00:07.1');
    twin.report('iommu-fault', '2d:00.3');
    twin.report('aer-uncorrectable', '03:00.0');
  });

  expect(names).toEqual({
    '2b:00.0': ['lost', 'slot-power-off', 'link-down', 'config-dead'],
    '2b:00.1': ['lost', 'slot-power-off', 'link-down', 'config-dead'],
    '2c:00.3': ['lost', 'link-down', 'config-dead'],
    '2d:00.3': ['degraded', 'iommu-fault'],
    '03:00.0': ['degraded', 'aer-uncorrectable'],
  });
});

it('a run names the cause of a death before the death, and what the kernel said of it after both', async () => {
  const names = await namesAfter((twin) => {
    twin.report('aer-uncorrectable', '2b:00.0');
    twin.loseBridgeConfig('00:03.1');
    twin.removeFunction('2c:00.3');
  });

  expect(names).toEqual({
    '2b:00.0': ['lost', 'bridge-config-lost', 'config-dead', 'aer-uncorrectable'],
    '2b:00.1': ['lost', 'bridge-config-lost', 'config-dead'],
    '2c:00.3': ['lost', 'missing'],
    '2d:00.3': ['survived'],
    '03:00.0': ['survived'],
  });
});
