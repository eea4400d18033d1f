/** Sorts before the end of a version: `6.12-rc1` and `6.12~bpo` come before `6.12`. */
const beforeEnd = /^(?:[-.]?rc|~)/;

/**
 * Order of kernel releases and BIOS versions, oldest first: numbers by their value, `6.1.0-9` before `6.1.0-10`, and a release candidate before what it
 * was one of. Only the same text is the same version.
 */
export function byVersion(one: string, other: string): number {
  const [parts, otherParts] = [partsOf(one), partsOf(other)];
  for (let index = 0; index < Math.max(parts.length, otherParts.length); index += 1) {
    const order = byPart(parts[index], otherParts[index]);
    if (order !== 0) return order;
  }
  // 0601 and 601 are the same number.
  return byText(one, other);
}

function partsOf(version: string): readonly string[] {
  return version.match(/\d+|\D+/g) ?? [];
}

function byPart(one: string | undefined, other: string | undefined): number {
  const [rank, otherRank] = [rankOf(one), rankOf(other)];
  if (rank !== otherRank || one === undefined || other === undefined) return rank - otherRank;
  if (rank !== ranks.number) return byText(one, other);
  const [number, otherNumber] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  return number.length - otherNumber.length || byText(number, otherNumber);
}

const ranks = { beforeEnd: 0, end: 1, text: 2, number: 3 };

function rankOf(part: string | undefined): number {
  if (part === undefined) return ranks.end;
  if (beforeEnd.test(part)) return ranks.beforeEnd;
  return /^\d/.test(part) ? ranks.number : ranks.text;
}

function byText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
