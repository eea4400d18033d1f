/**
 * What does it cost a lab host to be watched? Compares the observer with a loop of `lspci -nn` over one shared SSH
 * connection, one after the other on the same virtual lab host.
 *
 * Host CPU is all of it: the busy ticks of the whole host (/proc/stat, so sshd, forks and the kernel's own work count),
 * less what the same host spends in the same time when nobody watches it. Ticks are 10 ms, so seconds matter.
 *
 *     npm run -s comeback -- lab up && npm run -s bench:observer [-- --name virtual --seconds 20]
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startObserver } from '../harness/observer/client.ts';
import { parsePciAddress } from '../harness/pci/address.ts';
import { SshSession } from '../harness/ssh/session.ts';
import { hostKeyFingerprint } from '../harness/ssh/target.ts';
import { labEndpoint } from '../harness/virtual-lab/endpoint.ts';

const wait = { timeoutMs: 30_000 };
const ticksPerSecond = 100;
const functions = ['2b:00.0', '2b:00.1', '2c:00.3', '2d:00.3', '03:00.0'].flatMap(
  (text) => parsePciAddress(text) ?? [],
);

const { values } = parseArgs({
  options: { name: { type: 'string', default: 'virtual' }, seconds: { type: 'string', default: '20' } },
});
const durationMs = Number(values.seconds) * 1000;

interface Usage {
  readonly samples: number;
  readonly seconds: number;
  readonly busySeconds: number;
}

async function busySeconds(session: SshSession): Promise<number> {
  const { stdout } = await session.exec(['head', '-n1', '/proc/stat'], { wait });
  // user nice system idle iowait irq softirq steal (proc(5)); steal is somebody else's time.
  const [user, nice, system, , , irq, softirq] = stdout.trim().split(/\s+/).slice(1).map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks = 0) => sum + ticks, 0) / ticksPerSecond;
}

/** Runs one way of watching and measures the host around it. */
async function measure(session: SshSession, watch: () => Promise<number>): Promise<Usage> {
  const busyBefore = await busySeconds(session);
  const begin = performance.now();
  const samples = await watch();
  const seconds = (performance.now() - begin) / 1000;
  return { samples, seconds, busySeconds: (await busySeconds(session)) - busyBefore };
}

function row(name: string, usage: Usage, idleShare: number, sees: string): string {
  const cpuMs = Math.max(0, usage.busySeconds - idleShare * usage.seconds) * 1000;
  const rate = usage.samples / usage.seconds;
  const share = (cpuMs / 10 / usage.seconds).toFixed(1);
  return `| ${name} | ${rate.toFixed(1)} | ${(cpuMs / usage.samples).toFixed(2)} ms | ${share} % | ${(1000 / rate).toFixed(0)} ms | ${sees} |`;
}

const endpoint = await labEndpoint(values.name);
await using session = await SshSession.connect(
  {
    address: endpoint.address,
    port: endpoint.port,
    user: endpoint.user,
    auth: { privateKey: await readFile(endpoint.privateKeyFile) },
    description: values.name,
    verifyHostKey: (key) =>
      hostKeyFingerprint(key) === endpoint.hostKeySha256
        ? { accepted: true }
        : { accepted: false, expected: endpoint.hostKeySha256 },
  },
  wait,
);

const idle = await measure(session, async () => {
  await pause(durationMs);
  return 1;
});
const idleShare = idle.busySeconds / idle.seconds;

const observed = await (async () => {
  await using observer = await startObserver(session, wait);
  await observer.watch(functions, wait);
  return await measure(session, async () => {
    const before = await observer.ping(wait);
    await pause(durationMs);
    return (await observer.ping(wait)).samples - before.samples;
  });
})();

const listed = await measure(session, async () => {
  const end = performance.now() + durationMs;
  let samples = 0;
  for (; performance.now() < end; samples += 1) await session.exec(['lspci', '-nn'], { wait });
  return samples;
});

process.stdout.write(
  [
    '| way to watch | samples/s | host CPU per sample | share of one core | between samples | a sample sees |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    row('observer', observed, idleShare, 'listing; driver, group, power state, enable count of 5 functions'),
    row('`ssh exec lspci -nn`, one connection', listed, idleShare, 'listing'),
    '',
    `Idle host: ${(idleShare * 100).toFixed(1)} % of one core, taken off. ${values.seconds} s each.`,
    '',
  ].join('\n'),
);
