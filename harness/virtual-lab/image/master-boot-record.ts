export const sectorBytes = 512;

/** Where the code of a boot sector ends and the partition table begins. */
const codeBytes = 440;
const tableOffset = 446;

/** The type of a Linux partition. */
const linuxPartition = 0x83;

/** Cylinders, heads and sectors that cannot tell where the partition is, since it is told by its sectors. */
const beyondCylinders = [0xff, 0xff, 0xff];

/**
 * A master boot record with one active Linux partition.
 *
 * @param code boot code, of which the first 440 bytes count
 * @param startBytes where the partition begins; whole sectors, as is its size
 */
export function masterBootRecord(code: Uint8Array, startBytes: number, sizeBytes: number): Buffer {
  const record = Buffer.alloc(sectorBytes);
  Buffer.from(code).copy(record, 0, 0, codeBytes);
  record.set([0x80, ...beyondCylinders, linuxPartition, ...beyondCylinders], tableOffset);
  record.writeUInt32LE(startBytes / sectorBytes, tableOffset + 8);
  record.writeUInt32LE(sizeBytes / sectorBytes, tableOffset + 12);
  record.writeUInt16LE(0xaa55, sectorBytes - 2);
  return record;
}
