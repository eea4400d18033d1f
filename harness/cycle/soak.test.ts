import { expect, it } from 'vitest';
import { GateRefusedError } from '../host/gate.ts';
import { RunJudge } from '../judge/run-judge.ts';
import { parseTwinFaults } from '../twin/faults/load.ts';
import { startTwin } from '../twin/twin.ts';
import { soakTwin } from './fixtures/twin-soak.ts';

it('leaves a VM alone that somebody else started between two cycles', async () => {
  await using twin = await startTwin();
  const quiet = { stdout: () => undefined, stderr: () => undefined };

  const { error } = await soakTwin(twin, { atRest: () => twin.qm.run(['start', '100'], quiet) });

  expect(error).toBeInstanceOf(GateRefusedError);
  expect(error).toMatchObject({ message: expect.stringContaining('somebody else started VM 100') as unknown });
  expect(twin.record.count('vm-stopped')).toBe(1);
  expect(twin.vmRunning).toBe(true);
});

it('takes a new baseline after a reboot of the host, and no VM of an earlier boot for its own', async () => {
  await using twin = await startTwin();
  let rests = 0;

  const { events } = await soakTwin(twin, {
    atRest: async () => {
      rests += 1;
      if (rests === 1) await twin.reboot();
    },
  });

  const baselines = events.filter((event) => event.t === 'edge' && event.edge === 'baseline');
  expect(baselines).toHaveLength(2);
  expect(events.map(({ t }) => t)).toContain('lab-back');
  expect(twin.record.count('vm-started')).toBe(3);
  expect(twin.record.count('vm-stopped')).toBe(3);
  expect(twin.vmRunning).toBe(false);
});

it('accuses no function of a VM that ends by itself and closes its functions long before its process is gone', async () => {
  const slow = 'faults: [{ what: hang-on-reset, when: bus-reset, where: "2b:00.0", seconds: 1 }]';
  await using twin = await startTwin({ faults: parseTwinFaults(slow) });
  const judge = new RunJudge();
  let isUp = false;

  const { events } = await soakTwin(twin, {
    plan: { cycles: 1 },
    onEvent: (event) => {
      if (isUp && event.t === 'intervention') twin.crashVm();
      if (event.t === 'act-done') isUp = event.act === 'vm-start';
    },
  });

  for (const event of events) judge.push(event);
  expect(events.map(({ t }) => t)).toContain('vm-gone');
  expect(judge.result().failures[0]?.functions.map(({ verdict }) => verdict)).toEqual(Array(5).fill('unobserved'));
});
