import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePortExpress } from '../pci/port-express.ts';
import { addressOf } from '../test/known-address.ts';
import { twinSession } from '../test/twin-target.ts';
import { startTwin } from '../twin/twin.ts';
import { startObserver } from './client.ts';
import type { ObserverEvent } from './protocol.ts';

const wait = { timeoutMs: 10_000 };
const gpu = addressOf('2b:00.0');
const usb = addressOf('2c:00.3');

describe('what the observer reads', () => {
  it('is the host’s identity, groups and use of its hardware', async () => {
    await using twin = await startTwin({ biosVersion: '2304', hostname: 'elysium' });
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    expect(observer.hello).toMatchObject({ bootId: twin.bootId, kernelLog: true });
    expect(await observer.identity(wait)).toMatchObject({
      bootId: twin.bootId,
      hostname: 'elysium',
      boardName: 'ROG CROSSHAIR VII HERO',
      biosVersion: '2304',
      acsOverrideWarning: true,
    });
    const groups = await observer.groups(wait);
    expect(groups.find(({ address }) => address === gpu)).toMatchObject({
      vendorDevice: '10de:1c82',
      classCode: '0x030000',
    });
    const tree = await observer.tree(wait);
    expect(tree.find(({ address }) => address === gpu)).toEqual({
      address: gpu,
      parent: addressOf('00:03.1'),
      vendorDevice: '10de:1c82',
      classCode: '0x030000',
      driver: 'nouveau',
    });
    expect(tree.filter(({ parent }) => parent === null).length).toBeGreaterThan(10);
    const usage = await observer.usage(wait);
    expect(usage.blockDevices.map(({ name, partitions }) => [name, partitions])).toContainEqual([
      'sda',
      ['sda1', 'sda2', 'sda3'],
    ]);
    expect(usage.mounts).toContainEqual({ source: '/dev/sda2', target: '/' });
    expect(usage.swaps).toEqual(['/dev/sda3']);
    const mono = [await observer.ping(wait), await observer.ping(wait)].map(({ monoSeconds }) => monoSeconds);
    expect(mono[1]).toBeGreaterThan(mono[0] ?? Infinity);
  });

  it('is what a run needs besides', async () => {
    await using twin = await startTwin({ kernelRelease: '6.1.0-1-amd64' });
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const absent = addressOf('7f:00.0');
    expect(await observer.readiness([gpu, usb, absent], wait)).toMatchObject({
      root: process.getuid?.() === 0,
      tracefs: null,
      iommus: ['ivhd0'],
      modules: { vfio_pci: 'loaded', vfio_iommu_type1: 'installed' },
      functions: { [gpu]: { resettable: false, methods: null }, [usb]: { resettable: true, methods: ['pm'] } },
      holders: [],
    });
    await rm(join(twin.root, 'sys/module/vfio_pci'), { recursive: true });
    await mkdir(join(twin.root, 'sys/kernel/tracing/instances'), { recursive: true });
    await writeFile(join(twin.root, 'sys/kernel/tracing/kprobe_events'), '');
    expect(await observer.readiness([], wait)).toMatchObject({
      modules: { vfio_pci: 'absent' },
      tracefs: '/sys/kernel/tracing',
      functions: {},
    });
    await rm(join(twin.root, 'lib/modules'), { recursive: true });
    expect((await observer.readiness([], wait)).modules).toEqual({ vfio_pci: null, vfio_iommu_type1: null });
  });

  it('says that the override is off where the log of the boot has no warning', async () => {
    await using twin = await startTwin({ commandLine: 'amd_iommu=on' });
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    expect((await observer.identity(wait)).acsOverrideWarning).toBe(false);
    await writeFile(join(twin.root, 'dev/kmsg'), '6,900,1000,-;the log has lost its beginning\n');
    expect((await observer.identity(wait)).acsOverrideWarning).toBeNull();
  });

  it('at an edge is config, link, reset methods and the port above', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const alive = await observer.edge([gpu, usb], wait);
    expect(alive.bootId).toBe(twin.bootId);
    expect([...alive.functions.keys()]).toEqual([gpu, usb]);
    expect(alive.functions.get(gpu)).toMatchObject({
      present: true,
      config: expect.stringMatching(/^de10821c[0-9a-f]{120}$/) as unknown,
      linkWidth: 16,
      bridge: {
        address: addressOf('00:03.1'),
        config: expect.stringMatching(/^22105314[0-9a-f]{120}$/) as unknown,
        express: expect.stringMatching(/^1000420100000000/) as unknown,
      },
    });
    twin.disableLink('00:07.1');
    const down = (await observer.edge([gpu, usb], wait)).functions.get(usb)?.bridge?.express;
    expect(parsePortExpress(down ?? '')).toMatchObject({ linkDisabled: true, linkWidth: 0 });
    twin.revive('00:07.1');
    twin.kill('2b:00.0');
    expect((await observer.edge([gpu], wait)).functions.get(gpu)).toMatchObject({
      present: true,
      config: 'ff'.repeat(64),
    });
    twin.removeFunction('2b:00.0');
    expect((await observer.edge([gpu], wait)).functions.get(gpu)).toMatchObject({ present: false, config: null });
  });

  it('finds the capability of a port wherever the list leads, and ends where the list leads nowhere', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const config = join(twin.root, 'sys/bus/pci/devices/0000:00:03.1/config');
    const healthy = await readFile(config);
    const expressWith = async (bytes: Readonly<Record<number, number>>): Promise<string | undefined> => {
      const changed = Buffer.from(healthy);
      for (const [offset, value] of Object.entries(bytes)) changed[Number(offset)] = value;
      await writeFile(config, changed);
      return (await observer.edge([gpu], wait)).functions.get(gpu)?.bridge?.express;
    };
    const found = healthy.subarray(0x58, 0x58 + 28).toString('hex');
    expect(await expressWith({})).toBe(found);
    // The two low bits of a pointer are reserved.
    expect(await expressWith({ 0x34: 0x53 })).toBe(found);
    expect(await expressWith({ 0x06: 0x00 })).toBeUndefined();
    expect(await expressWith({ 0x34: 0x00 })).toBeUndefined();
    expect(await expressWith({ 0x58: 0x11, 0x59: 0x50 })).toBeUndefined();
    expect(await expressWith({ 0x58: 0xff, 0x59: 0xff })).toBeUndefined();
    expect(await expressWith({ 0x34: 0xf0, 0xf0: 0x10 })).toBeUndefined();
    await writeFile(config, Buffer.alloc(256, 0xff));
    expect((await observer.edge([gpu], wait)).functions.get(gpu)?.bridge).toEqual({
      address: addressOf('00:03.1'),
      config: 'ff'.repeat(64),
      errors: null,
    });
  });

  it('is readable whatever bytes the firmware wrote', async () => {
    await using twin = await startTwin();
    const boardName = join(twin.root, 'sys/class/dmi/id/board_name');
    await unlink(boardName);
    await writeFile(boardName, Buffer.from('a"b\\\x01\x7f\xff\xc3\x28\xe2\x82\n', 'latin1'));
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    expect((await observer.identity(wait)).boardName).toBe('a"b\\\u0001\u007f\ufffd\ufffd(\ufffd\ufffd');
  });
});

describe('what the observer tells by itself', () => {
  it('is every change of a watched function, the listing and the VM', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    await observer.watch([gpu, usb], wait);
    await observer.watchVm('/run/qemu-server/100.pid', wait);
    expect(observer.state.functions.get(gpu)).toMatchObject({
      present: true,
      driver: 'nouveau',
      group: expect.any(Number) as unknown,
    });
    expect([...observer.state.listing].sort()).toEqual([...twin.functions].sort());
    expect(observer.state.vmPid).toBeNull();

    const events: ObserverEvent[] = [];
    observer.onEvent((event) => events.push(event));
    await session.exec(['qm', 'start', '100'], { wait });
    await observer.until(
      ({ vmPid, functions }) =>
        vmPid !== null &&
        [...functions.values()].every(({ driver, enableCount }) => driver === 'vfio-pci' && enableCount === 1),
      wait,
      'the VM to hold both functions',
    );
    const changes = events.flatMap((event) => (event.t === 'change' && event.function === gpu ? [event.state] : []));
    expect(changes.every((state) => !('present' in state) && !('group' in state))).toBe(true);
    expect(Object.assign({}, ...changes)).toMatchObject({ driver: 'vfio-pci' });

    twin.crashVm();
    await observer.until(({ vmPid }) => vmPid === null, wait, 'the VM to be gone');
    twin.removeFunction('2c:00.3');
    await observer.until(({ listing }) => !listing.has(usb), wait, 'the function to leave the listing');
    await observer.until(({ functions }) => functions.get(usb)?.present === false, wait, 'the function to be absent');
  });

  it('takes no pid file for a VM whose process is gone', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const { pid: dead } = spawnSync('true');
    const pidFile = join(twin.root, 'run/qemu-server/200.pid');
    await writeFile(pidFile, `${String(dead)}\n`);
    await observer.watchVm('/run/qemu-server/200.pid', wait);
    expect(observer.state.vmPid).toBeNull();
    await writeFile(pidFile, `${process.pid}\n`);
    await observer.until(({ vmPid }) => vmPid === process.pid, wait, 'a VM that lives');
  });

  it('rests on looks that go on by themselves, and not without a rest', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    expect((await observer.ping(wait)).samples).toBe(0);
    await observer.watch([gpu, usb], wait);
    const before = await observer.ping(wait);
    let after = before;
    while (after.monoSeconds < before.monoSeconds + 1) after = await observer.ping(wait);
    const rate = (after.samples - before.samples) / (after.monoSeconds - before.monoSeconds);
    // How fast it looks is for bench/observer to say: a busy machine makes it slower.
    expect(rate).toBeGreaterThan(1);
    expect(rate).toBeLessThan(30);
  });

  it('ends with the words of the waiter when it never comes', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const never = observer.until(() => false, { timeoutMs: 50 }, 'pigs to fly');
    await expect(never).rejects.toThrow('Waited 0.1 s for pigs to fly in vain.');
  });

  it('is ten thousand kernel lines, each once and whole, and nothing from before', async () => {
    await using twin = await startTwin();
    twin.kmsg('said before the observer came');
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const texts: string[] = [];
    const seqs: number[] = [];
    let all: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => (all = resolve));
    observer.onEvent((event) => {
      if (event.t !== 'kmsg') return;
      seqs.push(event.seq);
      if (texts.push(event.text) === 10_000) all();
    });
    const line = (index: number): string => `vfio-pci 0000:2b:00.0: hiding cap 0xff@0xff №${index} äöü€🙂`;
    for (let index = 0; index < 10_000; index += 1) twin.kmsg(line(index), 4);
    await arrived;
    expect(texts).toEqual(Array.from({ length: 10_000 }, (_empty, index) => line(index)));
    expect(seqs.every((seq, index) => index === 0 || seq === (seqs[index - 1] ?? 0) + 1)).toBe(true);
    expect((await observer.ping(wait)).monoSeconds).toBeGreaterThan(0);
  });

  it('is a record without its dictionary, unescaped, even when it comes in pieces', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const seen: ObserverEvent[] = [];
    let last: () => void = () => undefined;
    const done = new Promise<void>((resolve) => (last = resolve));
    observer.onEvent((event) => {
      seen.push(event);
      if (event.t === 'kmsg' && event.text === 'last') last();
    });
    const log = join(twin.root, 'dev/kmsg');
    await appendFile(
      log,
      String.raw`30,5001,77,-,caller=T1;tab\x09and \xc3\xa4 and \xff and \x5c` + '\n SUBSYSTEM=pci\n DEV',
    );
    await observer.ping(wait);
    await appendFile(log, 'ICE=+pci:0000:2b:00.0\n3,5002,78,-;la');
    await observer.ping(wait);
    await appendFile(log, 'st\n');
    await done;
    expect(seen).toEqual([
      { t: 'kmsg', seq: 5001, usec: 77, level: 6, text: 'tab\tand ä and \ufffd and \\' },
      { t: 'kmsg', seq: 5002, usec: 78, level: 3, text: 'last' },
    ]);
  });
});
