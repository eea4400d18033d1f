import { expect, it } from 'vitest';
import { twinTarget } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { LabHost } from './lab-host.ts';

it('a host that lets us in and hangs up again, twice, is waited for without haste', async () => {
  await using twin = await startTwin();
  using _flapping = twin.record.subscribe(({ kind }) => {
    if (kind === 'connected' && twin.record.count('connected') < 3) setImmediate(() => twin.dropConnections());
  });
  await using host = await LabHost.reconnect(twinTarget(twin), { timeoutMs: 30_000 });
  expect(host.observer.hello.bootId).toBe(twin.bootId);
  expect(twin.record.count('connected')).toBe(3);
});

it('one that always hangs up is given up at the deadline', async () => {
  await using twin = await startTwin();
  using _flapping = twin.record.subscribe(({ kind }) => {
    if (kind === 'connected') setImmediate(() => twin.dropConnections());
  });
  await expect(LabHost.reconnect(twinTarget(twin), { timeoutMs: 1500 })).rejects.toMatchObject({ kind: 'infra' });
  expect(twin.record.count('connected')).toBeLessThan(6);
});
