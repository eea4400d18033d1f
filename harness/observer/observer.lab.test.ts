import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePortExpress } from '../pci/port-express.ts';
import { addressOf } from '../test/known-address.ts';
import { LabBench } from '../test/lab-bench.ts';
import { SshSession } from '../ssh/session.ts';
import { hostKeyFingerprint } from '../ssh/target.ts';
import { labEndpoint } from '../virtual-lab/endpoint.ts';
import { startObserver } from './client.ts';
import type { ObserverEvent } from './protocol.ts';

const wait = { timeoutMs: 60_000 };
const usb = addressOf('2c:00.3');

/** What only a real kernel and a real sshd can show. */
describe('the observer on a real kernel', () => {
  let lab: LabBench;
  let session: SshSession;

  beforeAll(async () => {
    lab = await LabBench.boot('test-observer');
    const { address, port, user, privateKeyFile, hostKeySha256 } = await labEndpoint('test-observer');
    session = await SshSession.connect(
      {
        address,
        port,
        user,
        auth: { privateKey: await readFile(privateKeyFile) },
        description: 'test-observer',
        verifyHostKey: (key) =>
          hostKeyFingerprint(key) === hostKeySha256 ? { accepted: true } : { accepted: false, expected: hostKeySha256 },
      },
      wait,
    );
  });

  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await lab[Symbol.asyncDispose]();
  });

  const shell = async (script: string): Promise<string> => (await session.exec(['sh', '-c', script], { wait })).stdout;

  it('reads the override’s line in the log, and tells a driver’s unbinding by uevent and by its own look', async () => {
    await using observer = await startObserver(session, wait);
    expect(observer.hello).toMatchObject({ kernelLog: true, uevents: true });
    expect((await observer.identity(wait)).acsOverrideWarning).toBe(true);
    await observer.watch([usb], wait);
    expect(observer.state.functions.get(usb)).toMatchObject({ present: true, driver: 'xhci_hcd', powerState: 'D0' });
    const events: ObserverEvent[] = [];
    observer.onEvent((event) => events.push(event));
    await shell(`echo ${usb} > /sys/bus/pci/drivers/xhci_hcd/unbind`);
    await observer.until(({ functions }) => functions.get(usb)?.driver === null, wait, 'the driver to let go');
    await shell(`echo ${usb} > /sys/bus/pci/drivers/xhci_hcd/bind`);
    await observer.until(({ functions }) => functions.get(usb)?.driver === 'xhci_hcd', wait, 'the driver to be back');
    // The driver's link is there before its probe has ended, and the event comes after that.
    const told = (): string[] =>
      events.flatMap((event) => (event.t === 'uevent' && event.function === usb ? [event.action] : []));
    await observer.until(() => told().includes('bind'), wait, 'the event of the binding');
    expect(told()).toContain('unbind');
    await shell(`echo 1 > /sys/bus/pci/devices/${usb}/remove`);
    await observer.until(
      ({ listing, functions }) => !listing.has(usb) && functions.get(usb)?.present === false,
      wait,
      'the removal',
    );
    await shell('echo 1 > /sys/bus/pci/rescan');
    await observer.until(({ functions }) => functions.get(usb)?.driver === 'xhci_hcd', wait, 'the function to be back');
    const health = (await observer.edge([usb], wait)).functions.get(usb);
    expect(health?.config).toMatch(/^[0-9a-f]{128}$/);
    expect(parsePortExpress(health?.bridge?.express ?? '')).toMatchObject({
      linkDisabled: false,
      slotPoweredOff: false,
    });
  });

  it('streams the kernel log by sequence number, and says where the kernel overwrote records', async () => {
    await using observer = await startObserver(session, wait);
    const events: ObserverEvent[] = [];
    observer.onEvent((event) => events.push(event));
    const texts = (): string[] => events.flatMap((event) => (event.t === 'kmsg' ? [event.text] : []));
    await shell(String.raw`printf '<4>tab\there, ä\n' > /dev/kmsg`);
    await observer.until(() => texts().length > 0, wait, 'the line');
    expect(texts()[0]).toBe('tab\there, ä');

    // The kernel lets user space say only a few lines otherwise (kernel.printk_devkmsg).
    await shell('echo on > /proc/sys/kernel/printk_devkmsg');
    await shell(`kill -STOP ${observer.hello.pid}`);
    await shell(
      'i=0; while [ $i -lt 20000 ]; do echo "line $i, long enough that the ring is soon full"; i=$((i+1)); done > /dev/kmsg',
    );
    await shell(`kill -CONT ${observer.hello.pid}; echo the end > /dev/kmsg`);
    await observer.until(() => texts().includes('the end'), wait, 'the last line');
    expect(events.some(({ t }) => t === 'kmsg-gap')).toBe(true);
  });

  it('holds the lab lock by its life alone and leaves nothing on the host', async () => {
    const observer = await startObserver(session, wait);
    expect(await observer.lock('me', wait)).toEqual({ held: 'by-us' });
    expect(await shell('grep -c comeback-lab-lock /proc/net/unix')).toBe('1\n');
    expect(await shell("grep -l '[c]omeback-observer' /proc/[0-9]*/cmdline")).toContain(`/proc/${observer.hello.pid}/`);
    await observer[Symbol.asyncDispose]();
    const left = "grep -c comeback-lab-lock /proc/net/unix; grep -ls '[c]omeback-observer' /proc/[0-9]*/cmdline";
    await expect.poll(async () => await shell(left), { timeout: 10_000 }).toBe('0\n');
  });

  const tracing = '/sys/kernel/tracing';
  const tracesOf = async (pattern: string): Promise<string> =>
    await shell(
      `ls ${tracing}/instances | grep '${pattern}'; cut -d' ' -f1 ${tracing}/kprobe_events | grep '${pattern}'`,
    );

  it('probes the kernel beside others’ tracing, and takes away its own alone', async () => {
    await shell(
      `cd ${tracing}; mkdir instances/others; echo 'p:others/mine vfs_fsync' >> kprobe_events; echo 1 > instances/others/events/others/mine/enable`,
    );
    const observer = await startObserver(session, wait);
    const { probes } = await observer.traceResets(wait);
    expect(probes).toEqual(
      expect.arrayContaining(['pci_try_reset_function', 'pci_reset_bus', 'pci_reset_secondary_bus']),
    );
    await observer[Symbol.asyncDispose]();

    await expect.poll(async () => await tracesOf('comeback'), { timeout: 20_000 }).toBe('');
    expect(await shell(`cat ${tracing}/instances/others/events/others/mine/enable`)).toBe('1\n');
    await shell(`cd ${tracing}; rmdir instances/others; echo '-:others/mine' >> kprobe_events`);
  });

  it('leaves no probe behind when it is killed, and takes away what its tracer left that was killed too', async () => {
    const first = await startObserver(session, wait);
    await first.traceResets(wait);
    await shell(`kill -KILL ${first.hello.pid}`);
    await expect.poll(async () => await tracesOf('comeback'), { timeout: 20_000 }).toBe('');

    const second = await startObserver(session, wait);
    await second.traceResets(wait);
    const tracer = (await tracesOf('^comeback')).replace('comeback-', '').trim();
    await shell(`kill -KILL ${tracer} ${second.hello.pid}`);
    await second.lost;
    expect(await tracesOf(`comeback.${tracer}`)).not.toBe('');

    await using third = await startObserver(session, wait);
    await third.traceResets(wait);
    expect(await tracesOf(`comeback.${tracer}`)).toBe('');
    const own = await tracesOf('comeback');
    // One that lives is left alone.
    const fourth = await startObserver(session, wait);
    await fourth.traceResets(wait);
    expect(await tracesOf('comeback')).toContain(own.split('\n')[0] ?? 'nothing');
    await fourth[Symbol.asyncDispose]();
    await expect.poll(async () => await tracesOf('comeback'), { timeout: 20_000 }).toBe(own);
  });

  it('shares its connection with commands as sshd ends them', async () => {
    await using observer = await startObserver(session, wait);
    const background = await session.exec(['sh', '-c', 'echo done; sleep 300 & exit 0'], { wait });
    expect(background).toMatchObject({ exitCode: 0, stdout: 'done\n' });
    expect(await session.exec(['exec', 'sh', '-c', 'kill -KILL $$'], { wait })).toMatchObject({ signal: 'SIGKILL' });
    const twenty = await Promise.all(Array.from({ length: 20 }, () => session.exec(['true'], { wait })));
    expect(twenty.every(({ exitCode }) => exitCode === 0)).toBe(true);
    expect((await observer.ping(wait)).monoSeconds).toBeGreaterThan(0);
  });
});
