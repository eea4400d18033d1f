import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabImageError } from '../errors.ts';
import { type BuildContext, run } from './build-step.ts';

/** Offsets of the setup header of a bzImage (Documentation/x86/boot.rst of Linux). */
const setup = { sectors: 0x1f1, payloadOffset: 0x248, payloadLength: 0x24c } as const;

/**
 * The kernel inside a bzImage, an ELF file that QEMU starts at its PVH entry: unpacking XZ under emulation within emulation takes half
 * a minute.
 *
 * Two lists in it are emptied: those of the sites that a kernel patches at boot where it needs neither retpolines nor return thunks.
 * Left as they are, those sites jump to thunks that do the same; patching sixty thousand of them takes as long as all the rest.
 */
export async function unpackedKernel(bzImage: Buffer, work: string, context: BuildContext): Promise<Buffer> {
  const start = ((bzImage.readUInt8(setup.sectors) || 4) + 1) * 512 + bzImage.readUInt32LE(setup.payloadOffset);
  // The last four bytes are the size of what is packed.
  const end = start + bzImage.readUInt32LE(setup.payloadLength) - 4;
  const packed = join(work, 'vmlinux.xz');
  await writeFile(packed, bzImage.subarray(start, end));
  await run('unpacking the kernel of the guest', ['xz', '--decompress', '--force', packed], context);
  const kernel = await readFile(join(work, 'vmlinux'));
  for (const section of ['.return_sites', '.retpoline_sites']) emptyList(kernel, section);
  return kernel;
}

/** `mov $imm32,%rsi` and `mov $imm32,%rdi`: how alternative_instructions() in arch/x86/kernel/alternative.c names a list. */
const movEnd = Buffer.from([0x48, 0xc7, 0xc6]);
const movStart = Buffer.from([0x48, 0xc7, 0xc7]);

/** Makes the end of a list its start, where the kernel names both. */
function emptyList(kernel: Buffer, name: string): void {
  const { address, size } = sectionOf(kernel, name);
  const low = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(Number(value & 0xffffffffn));
    return bytes;
  };
  const first = Buffer.concat([movStart, low(address)]);
  const call = Buffer.concat([movEnd, low(address + size), first]);
  const at = kernel.indexOf(call);
  if (at < 0 || kernel.indexOf(call, at + 1) >= 0) {
    throw new LabImageError('preparing the kernel of the guest', `The kernel does not name ${name} in the known way.`);
  }
  low(address).copy(kernel, at + movEnd.length);
}

/** Section headers of an ELF file of 64 bits (elf(5)). */
function sectionOf(elf: Buffer, wanted: string): { readonly address: bigint; readonly size: bigint } {
  const table = Number(elf.readBigUInt64LE(0x28));
  const header = (index: number): Buffer => elf.subarray(table + index * 64, table + (index + 1) * 64);
  const names = Number(header(elf.readUInt16LE(0x3e)).readBigUInt64LE(0x18));
  for (let index = 0; index < elf.readUInt16LE(0x3c); index += 1) {
    const section = header(index);
    const from = names + section.readUInt32LE(0);
    if (elf.toString('latin1', from, elf.indexOf(0, from)) !== wanted) continue;
    return { address: section.readBigUInt64LE(0x10), size: section.readBigUInt64LE(0x20) };
  }
  throw new LabImageError('preparing the kernel of the guest', `The kernel has no section ${wanted}.`);
}
