/** The port of QEMU's isa-debug-exit device, and the exit code that the probe guest makes QEMU end with. */
export const probeExit = { port: 0xf4, value: 0x10, exitCode: (0x10 << 1) | 1 } as const;

const bootSectorBytes = 512;

/** SeaBIOS refuses to boot from a disk of one sector. */
const diskBytes = 1024 * 1024;

/**
 * The smallest guest that proves that an accelerator runs code: a boot sector that spins a while, so that the timer has
 * to interrupt it, and then writes one byte to isa-debug-exit, at which QEMU ends with `value << 1 | 1`.
 *
 * @returns a disk image.
 */
export function probeGuest(): Buffer {
  const code = Buffer.from([
    ...[0x66, 0xb9, 0x00, 0x00, 0x80, 0x00], // mov ecx, 0x800000
    ...[0x66, 0x49], //                         again: dec ecx
    ...[0x75, 0xfc], //                         jnz again
    ...[0xba, probeExit.port, 0x00], //         mov dx, port
    ...[0xb0, probeExit.value], //              mov al, value
    0xee, //                                    out dx, al
    ...[0xf4, 0xeb, 0xfd], //                   halt: hlt; jmp halt
  ]);
  const disk = Buffer.alloc(diskBytes);
  code.copy(disk);
  disk.writeUInt16LE(0xaa55, bootSectorBytes - 2);
  return disk;
}
