import type { JournalEventOf } from '../journal/events.ts';

/** What the guests of a run showed, over all its cycles. */
export interface GuestTotals {
  /** Cycles in which the guest told, for or against. */
  readonly proven: number;
  readonly notProven: number;
  /** Why the last guest that proved nothing did not. */
  readonly why: string | undefined;
  /** The longest that an agent took from the VM's start to its first answer; undefined where none answered. */
  readonly slowestMs: number | undefined;
}

/** @param totals undefined before the first guest was asked. */
export function withGuest(totals: GuestTotals | undefined, event: JournalEventOf<'guest-proof'>): GuestTotals {
  const { proven = 0, notProven = 0, why, slowestMs = 0 } = totals ?? {};
  const { answeredMs, notProven: reason } = event;
  return {
    proven: proven + (reason === undefined ? 1 : 0),
    notProven: notProven + (reason === undefined ? 0 : 1),
    why: reason ?? why,
    slowestMs: answeredMs === null ? totals?.slowestMs : Math.max(slowestMs, answeredMs),
  };
}
