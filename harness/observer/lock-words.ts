import type { LockHolder } from './protocol.ts';

/** A live controller speaks every 20 s; one that missed a word by this much is probably dead or cut off. */
const missedWordSeconds = 25;

/** Whether the holder's controller seems to be gone, so that its observer will end by itself within 90 s of its last word. */
export function seemsAbandoned({ silentSeconds }: LockHolder): boolean {
  return silentSeconds !== null && silentSeconds >= missedWordSeconds;
}

/** Whether two owners are sessions of one run: a controller that died leaves its observer behind for a while, and the run goes on in another process. */
export function isSameRun(one: string, other: string): boolean {
  const run = (owner: string): string => owner.replace(/, process \d+$/, '');
  return run(one) === run(other);
}

/** `run x of anna on desk, since 2026-11-22T10:15:00Z by the host's clock, for 2 h 5 min`. */
export function holderWords(holder: LockHolder): string {
  const { owner, sinceEpoch, heldSeconds, silentSeconds } = holder;
  const since =
    sinceEpoch === null || heldSeconds === null
      ? ', nobody knows since when'
      : `, since ${new Date(sinceEpoch * 1000).toISOString().replace('.000Z', 'Z')} by the host's clock, for ${durationWords(heldSeconds)}`;
  const silence = seemsAbandoned(holder)
    ? `; its controller has said nothing for ${silentSeconds ?? 0} s, and the lock is free 90 s after its last word`
    : '';
  return `${owner}${since}${silence}`;
}

function durationWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
