import type { JournalEvent } from '../journal/events.ts';
import { SyntheticJournal, type SyntheticCycle } from '../judge/synthetic-journal.ts';
import { change, dead, failedStart, fiveFunctions, gpu, usb } from './judged-journal.ts';

/** How one cycle of a long run goes. */
export type CycleKind = 'good' | 'lost' | 'degraded' | 'infra';

const odd: Readonly<Record<CycleKind, SyntheticCycle>> = {
  good: {},
  lost: { ...change(usb, dead), kernel: [`vfio-pci ${usb}: not ready 65535ms after bus reset; giving up`] },
  degraded: change(gpu, { linkWidth: 8 }),
  infra: failedStart('got timeout'),
};

/** The events of a run of so many cycles on the five functions, each made from a model of its kind: a long one costs no more than its length. */
export function* longRun(cycles: number, kindOf: (cycle: number) => CycleKind): Generator<JournalEvent> {
  const begin = new SyntheticJournal(fiveFunctions).begin(cycles).events;
  const models = Object.fromEntries(
    Object.entries(odd).map(([kind, how]) => [
      kind,
      new SyntheticJournal(fiveFunctions).begin(cycles).cycle(how).events.slice(begin.length),
    ]),
  );
  let n = 0;
  const stamped = <Event extends JournalEvent>(event: Event): Event => {
    n += 1;
    return { ...event, n, at: Date.UTC(2024, 0, 1) + n * 1000 };
  };
  for (const event of begin) yield stamped(event);
  for (let cycle = 1; cycle <= cycles; cycle += 1) {
    for (const event of models[kindOf(cycle)] ?? []) yield stamped('cycle' in event ? { ...event, cycle } : event);
  }
  yield stamped({ n, at: 0, t: 'run-finished', reason: 'cycles-done' });
}
