/**
 * How long does `comeback triage` take for a log of 100 MB, and how much memory? The file is made up of what a Proxmox host writes
 * in a bad week: boot lines, everyday noise of other drivers and storms about one dead function, in three forms of log.
 *
 *     npm run bench:triage -- [--megabytes 100] [--keep FILE]
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readLines } from '../harness/triage/read-lines.ts';
import { Survey } from '../harness/triage/survey.ts';

const { values } = parseArgs({
  options: { megabytes: { type: 'string', default: '100' }, keep: { type: 'string' } },
});
const wantedBytes = Number(values.megabytes) * 1e6;

const everyday = [
  'usb 1-2: New USB device found, idVendor=046d, idProduct=c52b, bcdDevice=24.11',
  'EXT4-fs (dm-1): mounted filesystem with ordered data mode. Quota mode: none.',
  'igb 0000:05:00.0 enp5s0: igb: enp5s0 NIC Link is Up 1000 Mbps Full Duplex, Flow Control: RX/TX',
  'vmbr0: port 2(tap100i0) entered forwarding state',
  'audit: type=1400 audit(1732273200.123:42): apparmor="STATUS" operation="profile_load" profile="unconfined"',
  'perf: interrupt took too long (2510 > 2500), lowering kernel.perf_event_max_sample_rate to 79500',
  'kvm [4242]: ignored rdmsr: 0xc0011029 data 0x0',
  'pci 0000:2b:00.0: reg 0x10: [mem 0xf6000000-0xf6ffffff]',
];
const storm = [
  'vfio-pci 0000:2b:00.0: vfio_bar_restore: reset recovery - restoring BARs',
  'vfio-pci 0000:2b:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x000e address=0xfd3c0000 flags=0x0020]',
  'vfio-pci 0000:2b:00.0: not ready 65535ms after bus reset; giving up',
  'pcieport 0000:00:03.1: AER: Corrected error message received from 0000:2b:00.0',
];

function lineOf(index: number): string {
  const text = (index % 3 === 0 ? storm : everyday)[index % 4 === 3 ? (index >> 2) % 4 : index % 4] ?? '';
  const seconds = (index / 997).toFixed(6).padStart(12);
  switch ((index >> 16) % 3) {
    case 0:
      return `[${seconds}] ${text}`;
    case 1:
      return `Nov 22 11:49:54 elysium kernel: ${text}`;
    default:
      return text;
  }
}

async function writeLog(file: string): Promise<number> {
  const out = createWriteStream(file);
  let written = 0;
  for (let index = 0; written < wantedBytes;) {
    const lines: string[] = [];
    for (let batch = 0; batch < 4096; batch += 1, index += 1) lines.push(lineOf(index));
    const text = `${lines.join('\n')}\n`;
    written += text.length;
    if (!out.write(text)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'close');
  return written;
}

const directory = await mkdtemp(join(tmpdir(), 'comeback-triage-bench-'));
try {
  const file = values.keep ?? join(directory, 'mixed.log');
  const bytes = await writeLog(file);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const begin = performance.now();
  const cpuBefore = process.cpuUsage();
  const survey = new Survey();
  survey.beginSource(file);
  let lines = 0;
  await readLines(createReadStream(file, { highWaterMark: 1 << 18 }), (line) => {
    survey.takeLine(line);
    lines += 1;
    if (lines % 100_000 === 0) peak = Math.max(peak, process.memoryUsage().rss);
  });
  const seconds = (performance.now() - begin) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const found = survey.tally.of(survey.rooms.machine).length;
  process.stdout.write(
    [
      `${(bytes / 1e6).toFixed(0)} MB, ${lines} lines: ${seconds.toFixed(2)} s (${((cpu.user + cpu.system) / 1e6).toFixed(2)} s of CPU), ${(bytes / 1e6 / seconds).toFixed(0)} MB/s`,
      `memory: ${(before / 1e6).toFixed(0)} MB before, ${(peak / 1e6).toFixed(0)} MB at most; ${found} findings kept`,
      '',
    ].join('\n'),
  );
} finally {
  await rm(directory, { recursive: true, force: true });
}
