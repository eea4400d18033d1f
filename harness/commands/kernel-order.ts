/**
 * Orders kernel releases as people read them: runs of digits by their value, `-rc` before the release itself. Debian, Proxmox and mainline
 * names all fall into place (`6.1.0-9-amd64` before `6.1.0-50-amd64`, `6.8.0-rc7` before `6.8.0`).
 */
export function compareReleases(one: string, other: string): number {
  const [ones, others] = [partsOf(one), partsOf(other)];
  for (let index = 0; index < Math.max(ones.length, others.length); index++) {
    const difference = compareParts(ones[index], others[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A release candidate is below the end of a name. */
const candidate = /^[-~]?rc$/;

function partsOf(release: string): string[] {
  // Each punctuation mark by itself, but -rc as one: it is older than what lacks it.
  return release.match(/[-~]rc(?=\d)|\d+|[A-Za-z]+|[^\dA-Za-z]/g) ?? [];
}

function compareParts(one: string | undefined, other: string | undefined): number {
  const ranks = [rankOf(one), rankOf(other)] as const;
  if (ranks[0] !== ranks[1]) return ranks[0] - ranks[1];
  if (one === undefined || other === undefined) return 0;
  if (/^\d/.test(one)) return Number(one) - Number(other);
  return one < other ? -1 : one > other ? 1 : 0;
}

function rankOf(part: string | undefined): number {
  if (part === undefined) return 1;
  if (candidate.test(part)) return 0;
  return /^\d/.test(part) ? 3 : 2;
}
