import type { Act } from '../journal/events.ts';
import type { Journal } from '../journal/writer.ts';
import type { Observer } from '../observer/client.ts';
import type { StuckTask } from '../pci/health.ts';
import { pause } from '../timers.ts';
import { DeadlineError, type Wait } from '../wait.ts';

/** How often the host is asked whether a task still sits in a reset, once an act takes longer than usual. */
const askEveryMs = 10_000;
/** For the observer's answer to that: a host that cannot even say so is lost. */
const answerMs = 10_000;

/** What patience rests on. */
export interface PatienceWorld {
  readonly observer: Observer;
  readonly journal: Journal;
  /** When the host counts as wedged, whatever it does. */
  readonly wedgeMs: number;
}

/**
 * Takes an act on the VM that resets devices. A dead function blocks each reset of it for about 70 s (PCIE_RESET_READY_POLL_MS,
 * drivers/pci/pci.h), a VM with five of them for six minutes: that is slow, and neither a lost lab nor a wedged host. So past its
 * deadline the act is waited for as long as a task of the host sits in a reset, at most `wedgeMs` in all; the journal says so.
 *
 * @param act is given a wait that ends with {@link DeadlineError}.
 */
export async function patiently<T>(
  act: (wait: Wait) => Promise<T>,
  what: { readonly act: Act; readonly cycle: number; readonly timeoutMs: number; readonly waitedFor: string },
  world: PatienceWorld,
): Promise<T> {
  const longestMs = Math.max(what.timeoutMs, world.wedgeMs);
  const over = new AbortController();
  const acting = act({ timeoutMs: longestMs, signal: over.signal });
  const done = new AbortController();
  const watching = watchForResets(what, world, longestMs, done.signal).catch((error: unknown) => {
    if (!done.signal.aborted) over.abort(error);
  });
  try {
    return await acting;
  } finally {
    done.abort(actIsOver);
    await watching;
  }
}

/** Made once: a reason of its own for every act would cost a stack trace each. */
const actIsOver = new Error('the act is over');

/** Ends only by throwing: a {@link DeadlineError} once nothing explains the wait any more, or as the observer fails. */
async function watchForResets(
  { act, cycle, timeoutMs, waitedFor }: Parameters<typeof patiently>[1],
  { observer, journal }: PatienceWorld,
  longestMs: number,
  done: AbortSignal,
): Promise<never> {
  let told: string | undefined;
  for (let waitedMs = 0; ;) {
    const pauseMs = waitedMs < timeoutMs ? Math.min(askEveryMs, timeoutMs - waitedMs) : askEveryMs;
    await pause(pauseMs, done);
    waitedMs += pauseMs;
    const stuck = await observer.stuckTasks({ timeoutMs: answerMs, signal: done });
    if (stuck.length === 0 && waitedMs >= timeoutMs) throw new DeadlineError(waitedFor, waitedMs);
    if (stuck.length === 0 || told === wordsOf(stuck)) continue;
    told = wordsOf(stuck);
    await journal.append(
      { t: 'reset-awaited', act, cycle, waitedMs, untilMs: longestMs, stuck: [...stuck] },
      { sync: true },
    );
  }
}

function wordsOf(stuck: readonly StuckTask[]): string {
  return stuck.map(({ pid, where }) => `${pid} ${where}`).join(', ');
}
