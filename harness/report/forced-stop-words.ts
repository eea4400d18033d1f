import type { ForcedStops } from '../judge/forced-stops.ts';
import { stopStepNames } from '../journal/events.ts';

const words = {
  shutdown: 'its guest had to be asked',
  terminate: 'it had to be terminated (SIGTERM)',
  kill: 'it had to be killed (SIGKILL)',
  power: 'the power of the host had to be cut',
} as const;

/** What had to be done to a VM whose manager did not stop it. */
export function forcedStopWord(step: keyof typeof words): string {
  return words[step];
}

/** `kill 2, power 1`: for a property of a report; undefined where every VM was stopped by its manager. */
export function forcedStopCounts(stops: ForcedStops): string | undefined {
  const parts = inOrder(stops).map(([step, { times }]) => `${step} ${times}`);
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** That a VM had to be ended by force says nothing about a device, but a run that had to do it is not like one that had not. */
export function forcedStopLines(stops: ForcedStops): string[] {
  const parts = inOrder(stops).map(
    ([step, { times, firstCycle }]) =>
      `${words[step]} ${times === 1 ? `in cycle ${firstCycle}` : `${times} times, first in cycle ${firstCycle}`}`,
  );
  return parts.length === 0 ? [] : [`The VM did not stop when its manager was asked to: ${parts.join('; ')}.`, ''];
}

function inOrder(stops: ForcedStops) {
  return stopStepNames.flatMap((step) => {
    const seen = step === 'stop' ? undefined : stops[step];
    return step === 'stop' || seen === undefined ? [] : [[step, seen] as const];
  });
}
