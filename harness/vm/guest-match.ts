/** What became of a function on the way into the guest. */
export type GuestMatch<G> =
  | { readonly seen: 'yes'; readonly candidates: readonly G[] }
  | { readonly seen: 'no' }
  /** Some of the functions of this id are there, but which cannot be told. */
  | { readonly seen: 'unclear'; readonly candidates: readonly G[] };

interface Identified {
  readonly id: string;
}

/**
 * Finds the functions that the VM was given among those that the guest has. The addresses are of two worlds; ids and order are not: a
 * VM manager puts what it hands over onto ports in the order of its config, and the guest numbers the buses behind ports in the same order.
 * So this lines the two lists up, as `diff` does, in every way that matches the most; what is matched in all of those is there, what
 * is matched in none is not.
 *
 * @param given in the order of the VM's config.
 * @param guest in the order of the guest's addresses.
 */
export function matchGuest<G extends Identified>(given: readonly Identified[], guest: readonly G[]): GuestMatch<G>[] {
  const before = longestMatches(given, guest);
  const after = longestMatches(given.toReversed(), guest.toReversed());
  const most = before[given.length]?.[guest.length] ?? 0;
  const left = (i: number, j: number): number => before[i]?.[j] ?? 0;
  const right = (i: number, j: number): number => after[given.length - i]?.[guest.length - j] ?? 0;
  return given.map((one, i) => {
    const candidates = guest.filter((other, j) => other.id === one.id && left(i, j) + 1 + right(i + 1, j + 1) === most);
    const needless = Array.from({ length: guest.length + 1 }, (_, j) => left(i, j) + right(i + 1, j)).includes(most);
    if (!needless) return { seen: 'yes', candidates };
    return candidates.length === 0 ? { seen: 'no' } : { seen: 'unclear', candidates };
  });
}

/** The length of the longest common subsequence of the first i and the first j, for each i and j. */
function longestMatches(given: readonly Identified[], guest: readonly Identified[]): number[][] {
  const lengths = [Array.from({ length: guest.length + 1 }, () => 0)];
  for (const one of given) {
    const above = lengths.at(-1) ?? [];
    const row = [0];
    for (const [j, other] of guest.entries()) {
      const matched = one.id === other.id ? (above[j] ?? 0) + 1 : 0;
      row.push(Math.max(matched, above[j + 1] ?? 0, row[j] ?? 0));
    }
    lengths.push(row);
  }
  return lengths;
}
