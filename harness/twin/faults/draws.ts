const mask = (value: bigint): bigint => BigInt.asUintN(64, value);

function mixed(value: bigint): bigint {
  const once = mask((value ^ (value >> 30n)) * 0xbf58476d1ce4e5b9n);
  const twice = mask((once ^ (once >> 27n)) * 0x94d049bb133111ebn);
  return twice ^ (twice >> 31n);
}

/** A chance in 2^-32: what a rule's probability is to the draws. Never 0. */
export function chanceOf(probability: number): bigint {
  return BigInt(Math.max(1, Math.round(probability * 2 ** 32)));
}

/** What always happens. */
const certain = 1n << 32n;

/**
 * A stream of draws that can be repeated, number for number that of virtual-lab/module/draw.c: SplitMix64 (Steele, Lea, Flood:
 * Fast Splittable Pseudorandom Number Generators, 2014), one for each rule in each boot.
 */
export class DrawStream {
  #state: bigint;

  /** @param rule place of the rule in its file, from 0. @param boot number of the boot, from 1. */
  constructor(seed: number, rule: number, boot: number) {
    this.#state = mixed(mask(mixed(mask(mixed(BigInt(seed)) + BigInt(rule))) + BigInt(boot)));
  }

  /** Whether something of this chance happens this time. */
  happens(chance: bigint): boolean {
    // Nobody ever sees the numbers of a rule without chance, so a million cycles need not pay for them.
    if (chance >= certain) return true;
    return this.next() < chance;
  }

  /** The next 32 bits. */
  next(): bigint {
    this.#state = mask(this.#state + 0x9e3779b97f4a7c15n);
    return mixed(this.#state) >> 32n;
  }
}
