import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { $ } from 'zx';
import { z } from 'zod';
import { labStateDirectory } from '../paths.ts';
import { labPath } from '../packages.ts';
import type { Accelerator } from './arguments.ts';
import { probeExit, probeGuest } from './probe-guest.ts';

/** A working KVM runs the probe in well under a second; one that does not is not worth waiting for. */
const probeTimeoutMs = 5_000;

/** How a probe ended. */
export interface ProbeEnd {
  /** null where QEMU was ended by a signal. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** What QEMU complained of first. */
  readonly detail: string;
}

export interface AcceleratorChoice {
  readonly accelerator: Accelerator;
  readonly because: string;
}

/**
 * Decides by what a guest did, never by /dev/kvm: on some cloud machines the device opens, a VM can be made, and its
 * guest then spins for ever.
 */
export function chooseAccelerator(probe: ProbeEnd): AcceleratorChoice {
  if (probe.exitCode === probeExit.exitCode) return { accelerator: 'kvm', because: 'a guest ran under KVM' };
  const why = probe.timedOut
    ? `a guest under KVM did not come to an end within ${probeTimeoutMs / 1000} s`
    : `QEMU could not use KVM (${probe.detail})`;
  return { accelerator: 'tcg', because: why };
}

const cacheSchema = z.strictObject({
  bootId: z.string(),
  accelerator: z.enum(['kvm', 'tcg']),
  because: z.string(),
});

/** The accelerator for labs on this controller. The answer is kept until the controller boots again. */
export async function accelerator(signal: AbortSignal): Promise<AcceleratorChoice> {
  const file = join(labStateDirectory(), 'accelerator.json');
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  const known = await remembered(file);
  if (known?.bootId === bootId) return { accelerator: known.accelerator, because: known.because };
  const choice = chooseAccelerator(await probeKvm(signal));
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify({ bootId, ...choice })}\n`);
  return choice;
}

async function remembered(file: string): Promise<z.infer<typeof cacheSchema> | undefined> {
  try {
    return cacheSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Not there, or written by another version: asking again costs seconds.
    return undefined;
  }
}

async function probeKvm(signal: AbortSignal): Promise<ProbeEnd> {
  const directory = await mkdtemp(join(tmpdir(), 'comeback-kvm-probe-'));
  try {
    const disk = join(directory, 'probe.img');
    await writeFile(disk, probeGuest());
    const shell = $({
      nothrow: true,
      quiet: true,
      signal,
      timeout: probeTimeoutMs,
      timeoutSignal: 'SIGKILL',
      env: { ...process.env, PATH: labPath(process.env['PATH']) },
    });
    const output = await shell`qemu-system-x86_64 ${probeArguments(disk)}`;
    signal.throwIfAborted();
    return { exitCode: output.exitCode, timedOut: output.signal === 'SIGKILL', detail: firstComplaint(output.stderr) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The first line that QEMU said, without its own name. */
function firstComplaint(stderr: string): string {
  const [line = ''] = stderr.trim().split('\n');
  return line.replace(/^qemu-system-x86_64: /, '') || 'it did not say why';
}

function probeArguments(disk: string): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-vga', 'none'],
    // The same machine, CPU and interrupt controller as the lab's.
    ...['-M', 'q35,kernel-irqchip=split', '-accel', 'kvm', '-cpu', 'max', '-smp', '2', '-m', '64'],
    ...['-device', `isa-debug-exit,iobase=${probeExit.port},iosize=4`],
    ...[
      '-drive',
      `if=none,id=probe,format=raw,snapshot=on,file=${disk}`,
      '-device',
      'virtio-blk-pci,drive=probe,bootindex=0',
    ],
  ];
}
