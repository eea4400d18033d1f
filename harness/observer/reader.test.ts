import { execFileSync } from 'node:child_process';
import { open, readFile, realpath, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { twinSession } from '../test/twin-target.ts';
import { startTwin, type Twin } from '../twin/twin.ts';
import { type Observer, startObserver } from './client.ts';

const wait = { timeoutMs: 30_000 };
const gpu = addressOf('2b:00.0');
const usb = addressOf('2c:00.3');

/** PIDs of the processes that the observer has started. */
async function childrenOf({ hello: { pid } }: Observer): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

const fileOf = (twin: Twin, address: string, name: string): string =>
  join(twin.root, 'sys/bus/pci/devices', address, name);

it('reads one edge after the other in the same child, until what is watched changes', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  await observer.edge([gpu, usb], wait);
  const readers = await childrenOf(observer);
  twin.kill('2c:00.3');
  expect((await observer.edge([gpu, usb], wait)).functions.get(usb)?.config).toBe('ff'.repeat(64));
  twin.removeFunction('2c:00.3');
  expect((await observer.edge([gpu, usb], wait)).functions.get(usb)?.present).toBe(false);
  expect(await childrenOf(observer)).toEqual(readers);

  await observer.watch([gpu], wait);
  await observer.edge([gpu], wait);
  const [reader, ...others] = await childrenOf(observer);
  expect(others).toEqual([]);
  expect(readers).not.toContain(reader);
});

it('knows a function that came back in the place of one that went', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  const before = (await observer.edge([gpu], wait)).functions.get(gpu);
  // The same names in another directory, as after remove and rescan.
  const device = await realpath(join(twin.root, 'sys/bus/pci/devices', gpu));
  execFileSync('sh', ['-c', 'cp -a "$1" "$1.new" && rm -r "$1" && mv "$1.new" "$1"', 'sh', device]);
  await rm(fileOf(twin, gpu, 'current_link_width'));
  await writeFile(fileOf(twin, gpu, 'current_link_width'), '4\n');
  expect((await observer.edge([gpu], wait)).functions.get(gpu)).toEqual({ ...before, linkWidth: 4 });
});

it('starts another reader where one was killed or is busy', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  await observer.edge([gpu], wait);
  const [first = 0] = await childrenOf(observer);
  process.kill(first, 'SIGKILL');
  await expect.poll(() => childrenOf(observer), { timeout: 10_000 }).toEqual([]);
  expect((await observer.edge([gpu], wait)).functions.get(gpu)?.present).toBe(true);

  const config = fileOf(twin, usb, 'config');
  await unlink(config);
  execFileSync('mkfifo', [config]);
  const hanging = observer.edge([usb], wait);
  expect((await observer.edge([gpu], wait)).functions.get(gpu)?.present).toBe(true);
  // Whoever waits for somebody to open it goes on.
  await (await open(config, 'w')).close();
  expect((await hanging).functions.get(usb)?.present).toBe(true);
});

it('tells a reading in full where the answer that had it first was not waited for', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  const caller = new AbortController();
  const unheard = observer.edge([gpu], { ...wait, signal: caller.signal });
  caller.abort(new Error('no time'));
  await expect(unheard).rejects.toThrow('no time');
  await observer.ping(wait);
  const whole = (await observer.edge([gpu], wait)).functions.get(gpu);
  expect(whole).toMatchObject({ present: true, linkWidth: 16 });
  // The same object: it was told by its number.
  expect((await observer.edge([gpu], wait)).functions.get(gpu)).toBe(whole);
});

it('tells what it read, however often that changes', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  const widths: (number | null | undefined)[] = [];
  for (const width of [...Array.from({ length: 40 }, (_, index) => index % 20), 1, 1]) {
    await writeFile(fileOf(twin, gpu, 'current_link_width'), `${width}\n`);
    widths.push((await observer.edge([gpu], wait)).functions.get(gpu)?.linkWidth);
  }
  expect(widths).toEqual([...Array.from({ length: 40 }, (_, index) => index % 20), 1, 1]);
});

it('reads a kernel log that was cut down to its last records without telling one twice or losing one', async () => {
  await using twin = await startTwin();
  await using session = await twinSession(twin);
  await using observer = await startObserver(session, wait);
  const told: string[] = [];
  let last: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (last = resolve));
  using _ = observer.onEvent((event) => {
    if (event.t === 'kmsg-gap') told.push('gap');
    if (event.t !== 'kmsg') return;
    told.push(event.text.slice(0, 8));
    if (event.text === 'the last') last();
  });
  const said: string[] = [];
  for (let line = 0; line < 9_000; line += 1) {
    const name = String(line).padStart(8, '0');
    said.push(name);
    twin.kmsg(`${name} ${'x'.repeat(150)}`);
    // The observer keeps up, as it does on a host.
    if (line % 1000 === 999) await observer.catchUp(wait);
  }
  twin.kmsg('the last');
  await done;
  expect(told).toEqual([...said, 'the last']);
});
