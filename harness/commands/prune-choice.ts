import type { RunListing } from '../report/run-list.ts';

/** Which runs are to go. A run goes only where everything that is given says so. */
export interface PruneRule {
  /** The newest so many stay. */
  readonly keep?: number | undefined;
  /** Those stay that were written to within this time. */
  readonly olderThanMs?: number | undefined;
  /** Those stay in which a function did not come back. */
  readonly keepFailed: boolean;
  /** Those go as well that can be gone on with. */
  readonly unfinished: boolean;
}

export interface PruneChoice {
  readonly delete: readonly RunListing[];
  /** Old enough to go, but for a reason. */
  readonly kept: readonly { readonly listing: RunListing; readonly why: string }[];
}

/** The power budget of a host looks so far back into the journals of its runs. */
const budgetMs = 3_600_000;

/**
 * What is to be deleted of a list of runs.
 *
 * @param newestFirst
 * @param isOwn whether the directory is one that a run of ours made.
 */
export function pruneChoice(
  newestFirst: readonly RunListing[],
  rule: PruneRule,
  { nowMs, isOwn }: { readonly nowMs: number; readonly isOwn: (listing: RunListing) => boolean },
): PruneChoice {
  const old = newestFirst.slice(rule.keep ?? 0).filter((listing) => ageMs(listing, nowMs) > (rule.olderThanMs ?? -1));
  const judged = old.map((listing) => ({
    listing,
    why: isOwn(listing) ? reasonToKeep(listing, rule, nowMs) : "is not as comeback named it, so it is somebody's own",
  }));
  return {
    delete: judged.flatMap(({ listing, why }) => (why === undefined ? [listing] : [])),
    kept: judged.flatMap(({ listing, why }) => (why === undefined ? [] : [{ listing, why }])),
  };
}

function ageMs({ lastAtMs, beganAtMs }: RunListing, nowMs: number): number {
  return nowMs - (lastAtMs ?? beganAtMs);
}

function reasonToKeep(listing: RunListing, { keepFailed, unfinished }: PruneRule, nowMs: number): string | undefined {
  const { outcome, isUnfinished, failedCycles } = listing;
  if (outcome === 'under-way') return 'is under way';
  if (outcome === 'unreadable') return 'has a journal that cannot be read';
  if (ageMs(listing, nowMs) < budgetMs) return "is less than an hour old, and the host's power budget counts it";
  if (isUnfinished && !unfinished) {
    return outcome === 'parked' ? 'is parked (--unfinished)' : 'can be gone on with (--unfinished)';
  }
  if (keepFailed && (failedCycles ?? 0) > 0) return 'lost a function (--keep-failed)';
  return undefined;
}
