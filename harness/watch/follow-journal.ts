import { dirname } from 'node:path';
import type { JournalEvent } from '../journal/events.ts';
import { segmentsOf } from '../journal/segments.ts';
import { DirectoryBell } from './directory-bell.ts';
import { SegmentTail } from './segment-tail.ts';

/** What came of one look at a journal. */
export interface Followed {
  readonly events: readonly JournalEvent[];
  /** Nothing more is there to be read at this moment. It is said again now and then while nothing happens. */
  readonly isCaughtUp: boolean;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** How long the kernel's word that something changed is waited for before one looks all the same. */
  readonly lookAgainMs?: number;
}

const defaultLookAgainMs = 5000;

/**
 * Reads a journal from its begin, and goes on while it is written, from one segment to the next; a last line that is torn is read once it
 * is whole. The journal need not exist yet. It ends when the signal aborts.
 *
 * @param path of the segment that is written to, `…/journal.ndjson`.
 * @throws JournalReadError
 */
export async function* followJournal(
  path: string,
  { signal, lookAgainMs = defaultLookAgainMs }: FollowOptions,
): AsyncGenerator<Followed> {
  using bell = new DirectoryBell(dirname(path), lookAgainMs);
  const isLeft = (): boolean => signal.aborted;
  let next = 1;
  for (let number = 1; !isLeft();) {
    await using tail = await SegmentTail.open(path, number, next);
    if (tail === undefined) {
      yield { events: [], isCaughtUp: true };
      await bell.rung(signal);
      continue;
    }
    for (;;) {
      // Asked before the last look: what was written before it was closed is there then.
      const isClosed = await hasClosed(path, number);
      for await (const events of tail.rest(isClosed)) {
        yield { events, isCaughtUp: false };
        if (isLeft()) return;
      }
      if (isClosed) break;
      yield { events: [], isCaughtUp: true };
      await bell.rung(signal);
      if (isLeft()) return;
    }
    next = tail.next ?? next;
    number += 1;
  }
}

async function hasClosed(path: string, number: number): Promise<boolean> {
  return (await segmentsOf(path)).some((segment) => segment.number === number && !segment.isOpen);
}
