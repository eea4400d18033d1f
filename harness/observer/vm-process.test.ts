import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { twinSession } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { startObserver } from './client.ts';

const wait = { timeoutMs: 10_000 };
const quiet = { stdout: () => undefined, stderr: () => undefined };

it('the process of a VM is there without its pid file, is signalled only as itself, and is gone once it is killed', async () => {
  await using twin = await startTwin();
  twin.qm.ownProcess = { ignoresTerm: true };
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  await observer.watchVm('/run/qemu-server/100.pid', wait);
  expect(await observer.vmProcess(wait)).toBeNull();
  await twin.qm.run(['start', '100'], quiet);
  await observer.until(({ vmPid }) => vmPid !== null, wait, 'the VM');
  const vm = await observer.vmProcess(wait);
  if (vm === null) throw new Error('the VM has no process');
  expect(vm.argv.slice(0, 3)).toEqual(['/usr/bin/kvm', '-id', '100']);

  await rm(join(twin.root, 'run/qemu-server/100.pid'));
  await observer.ping(wait);
  expect(await observer.vmProcess(wait)).toEqual(vm);
  expect(await observer.otherGuests(wait)).toEqual([]);

  const other = { ...vm, start: `${vm.start}1` };
  await expect(observer.signalVm(other, 'KILL', wait)).rejects.toThrow(/is another one now/);
  await expect(observer.signalVm({ ...vm, pid: process.pid }, 'KILL', wait)).rejects.toThrow(/not that of the VM/);
  await observer.signalVm(vm, 'TERM', wait);
  expect(await observer.vmProcess(wait)).toEqual(vm);
  await observer.signalVm(vm, 'KILL', wait);
  await observer.until(({ vmPid }) => vmPid === null, wait, 'its end');
});

it('a VM is there as soon as its pid file is, however far behind the news are', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  await observer.watchVm('/run/qemu-server/100.pid', wait);
  for (let turn = 0; turn < 10; turn += 1) {
    await twin.qm.run(['start', '100'], quiet);
    expect(await observer.vmIsThere(wait)).toBe(true);
    await twin.qm.run(['stop', '100'], quiet);
    await observer.until(({ vmPid }) => vmPid === null, wait, 'its end');
    expect(await observer.vmIsThere(wait)).toBe(false);
  }
});
