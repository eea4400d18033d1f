import type { JournalEventOf, StopStep } from '../journal/events.ts';

/** How often a VM that its manager did not stop was ended by each harder step. It is no device's fault, and no cycle's verdict rests on it. */
export type ForcedStops = Readonly<
  Partial<
    Record<
      Exclude<StopStep, 'stop'>,
      { readonly times: number; readonly firstCycle: number; readonly lastCycle: number }
    >
  >
>;

/** The step that had to end the VM; undefined where the manager's own stop did, whatever the manager said of it. */
export function forcedBy({ step, standing }: JournalEventOf<'stop-done'>): Exclude<StopStep, 'stop'> | undefined {
  return standing === 'gone' && step !== 'stop' ? step : undefined;
}

export function withForcedStop(stops: ForcedStops, event: JournalEventOf<'stop-done'>): ForcedStops {
  const step = forcedBy(event);
  if (step === undefined) return stops;
  const { cycle } = event;
  const before = stops[step];
  if (before?.lastCycle === cycle) return stops;
  const { times, firstCycle } = before ?? { times: 0, firstCycle: cycle };
  return { ...stops, [step]: { times: times + 1, firstCycle, lastCycle: cycle } };
}
