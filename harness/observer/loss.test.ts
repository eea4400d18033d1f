import { execFileSync } from 'node:child_process';
import { readdir, readFile, readlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SshSession } from '../ssh/session.ts';
import { addressOf } from '../test/known-address.ts';
import { twinSession } from '../test/twin-target.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { startObserver } from './client.ts';
import { EdgeReadHungError, ObserverLostError } from './errors.ts';

const wait = { timeoutMs: 10_000 };
const gpu = addressOf('2b:00.0');
const usb = addressOf('2c:00.3');

/** Makes reads of the function's config space hang, as those behind a dead port do. */
async function hangConfig(twin: Twin, address: string): Promise<void> {
  const config = join(twin.root, 'sys/bus/pci/devices', address, 'config');
  await unlink(config);
  execFileSync('mkfifo', [config]);
}

/** PIDs of the processes that this one started. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

/** The sockets that a process holds open: for a command of the twin, its channel is made of them. */
async function socketsOf(pid: number): Promise<readonly string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const targets = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')));
  return targets.filter((target) => target.startsWith('socket:'));
}

/** Whether a process runs; one that only waits to be reaped does not. */
async function runs(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) [ZX]/.test(stat);
}

describe('a health read that hangs', () => {
  it('is named, hangs nothing else, and leaves no reader behind', async () => {
    await using twin = await startTwin();
    await hangConfig(twin, gpu);
    await using session = await twinSession(twin);
    const observer = await startObserver(session, wait);
    await observer.watch([gpu, usb], wait);
    await observer.lock('me', wait);
    const reading = observer.edge([usb, gpu], { timeoutMs: 5000 });
    const hung = expect(reading).rejects.toThrow(EdgeReadHungError);
    expect((await observer.ping(wait)).monoSeconds).toBeGreaterThan(0);
    const [reader = 0] = await childrenOf(observer.hello.pid);
    expect(await runs(reader)).toBe(true);
    // One that no signal can end must hold neither the channel nor the lab lock.
    await expect.poll(() => socketsOf(reader), { timeout: 10_000 }).toEqual([]);
    expect(await socketsOf(observer.hello.pid)).not.toEqual([]);
    await hung;
    await expect(reading).rejects.toThrow(/0000:2b:00\.0 has not answered within 4\.0 s/);
    expect((await observer.edge([usb], wait)).functions.get(usb)?.present).toBe(true);
    twin.removeFunction('2c:00.3');
    await observer.until(({ functions }) => functions.get(usb)?.present === false, wait, 'the removal');
    await observer[Symbol.asyncDispose]();
    await twin.commandsEnded();
    expect(await runs(reader)).toBe(false);
  });

  it('does not outlive an observer that is killed', async () => {
    await using twin = await startTwin();
    await hangConfig(twin, gpu);
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    const reading = observer.edge([gpu], wait);
    const settled = expect(reading).rejects.toThrow(ObserverLostError);
    await observer.ping(wait);
    const [reader = 0] = await childrenOf(observer.hello.pid);
    expect(await runs(reader)).toBe(true);
    await session.exec(['kill', '-KILL', String(observer.hello.pid)], { wait });
    await settled;
    await expect.poll(() => runs(reader), { timeout: 10_000 }).toBe(false);
  });
});

describe('loss of the observer', () => {
  it('by a cut connection rejects every wait and leaves no process', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    await observer.watch([gpu], wait);
    await hangConfig(twin, gpu);
    const waits = [
      observer.until(() => false, wait, 'nothing'),
      observer.edge([gpu], wait),
      observer.until(() => false, wait, 'nothing'),
    ].map((promise) => expect(promise).rejects.toThrow(ObserverLostError));
    twin.dropConnections();
    await Promise.all(waits);
    expect((await observer.lost).cause).toMatchObject({ code: 'SSH_CONNECTION_LOST' });
    await expect(observer.ping(wait)).rejects.toThrow(ObserverLostError);
    await twin.commandsEnded();
  });

  it('by a kill says so', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await using observer = await startObserver(session, wait);
    await session.exec(['kill', '-KILL', String(observer.hello.pid)], { wait });
    expect((await observer.lost).message).toMatch(/SIGKILL|exit code 137/);
  });

  it('by our own hand is told to those who wait, not to those who watch for loss', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    const observer = await startObserver(session, wait);
    const waiting = expect(observer.until(() => false, wait, 'nothing')).rejects.toThrow(/we closed it/);
    await observer[Symbol.asyncDispose]();
    await waiting;
    await twin.commandsEnded();
    const silent = Symbol('silent');
    expect(await Promise.race([observer.lost, Promise.resolve(silent)])).toBe(silent);
  });
});

describe('a host that is not what it should be', () => {
  const hello = '{"t":"hello","protocol":1,"mono":1.5,"bootId":"b","pid":1,"kernelLog":true,"uevents":true}';

  /** Puts a program in the place of the host's perl that takes the observer in and then says this. */
  async function fakePerl(session: SshSession, script: string): Promise<void> {
    const program = `#!/bin/sh\nhead -c "$3" >/dev/null\n${script}\n`;
    const install = 'cd "$(dirname "$(command -v qm)")" && cat >perl && chmod 755 perl';
    expect(await session.exec(['sh', '-c', install], { wait, stdin: program })).toMatchObject({ exitCode: 0 });
  }

  it.each([
    ['has no perl', 'echo "perl: not found" >&2; exit 127', /perl is not on the host.*not found/],
    ['has a perl that dies', 'echo "Out of memory" >&2; exit 12', /exit code 12 \(it said: Out of memory\)/],
    ['speaks another protocol', `echo '${hello.replace('"protocol":1', '"protocol":9')}'; cat`, /broke its protocol/],
  ])('%s: the observer does not start', async (_what, script, message) => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await fakePerl(session, script);
    await expect(startObserver(session, wait)).rejects.toThrow(message);
  });

  it.each([
    ['no JSON', 'this is no JSON'],
    ['JSON of an unknown kind', '{"t":"gossip"}'],
    ['a change that lacks fields', '{"t":"change","mono":2,"function":"0000:2b:00.0","state":{"present":true}}'],
  ])('that says %s breaks the protocol, and every wait ends', async (_what, line) => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await fakePerl(
      session,
      `echo 'Welcome to elysium'; echo '${hello}'; read -r request; echo '${line}'; cat >/dev/null`,
    );
    await using observer = await startObserver(session, wait);
    expect(observer.hello.bootId).toBe('b');
    await expect(observer.ping(wait)).rejects.toThrow(ObserverLostError);
    expect((await observer.lost).cause).toMatchObject({ code: 'OBSERVER_PROTOCOL' });
  });

  it('that says a line without end is cut off', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await fakePerl(session, `echo '${hello}'; yes | tr -d '\\n'`);
    await using observer = await startObserver(session, wait);
    expect((await observer.lost).cause).toMatchObject({ code: 'SSH_LINE_TOO_LONG' });
  });

  it('that does not answer ends a request with its deadline', async () => {
    await using twin = await startTwin();
    await using session = await twinSession(twin);
    await fakePerl(session, `echo '${hello}'; cat >/dev/null`);
    await using observer = await startObserver(session, wait);
    await expect(observer.ping({ timeoutMs: 50 })).rejects.toMatchObject({ code: 'DEADLINE_PASSED' });
  });
});
