import type { GuestTotals } from '../judge/guest-totals.ts';

/** What a person is told of the guest proofs of a run; nothing where no guest was asked. */
export function guestLines(guest: GuestTotals | undefined): string[] {
  if (guest === undefined) return [];
  const { proven, notProven, why, slowestMs } = guest;
  const slowest = slowestMs === undefined ? '' : `, its agent answered within ${Math.ceil(slowestMs / 1000)} s`;
  const silent = notProven === 0 ? '' : `; not proven in ${notProven} (${why ?? 'no reason given'})`;
  return [`Guest: told in ${proven} of ${proven + notProven} cycles what it can use${slowest}${silent}`, ''];
}
