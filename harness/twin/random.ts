/** Random numbers that a seed repeats. */
export interface SeededRandom {
  /** From 0 up to, not including, 2^32. */
  readonly uint32: () => number;
  /** A random UUID as /proc/sys/kernel/random/boot_id prints it (RFC 9562, version 4). */
  readonly uuid: () => string;
}

/** The mulberry32 generator: 32 bits of state, enough for accidents in a simulation and for nothing secret. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const uint32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const uuid = (): string => {
    const bytes = Buffer.alloc(16);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32BE(uint32(), at);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
  return { uint32, uuid };
}
