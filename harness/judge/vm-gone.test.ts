import { expect, it } from 'vitest';
import { change, countsOf, fiveFunctions, judged, usb } from '../test/judged-journal.ts';
import { type SyntheticCycle, SyntheticJournal } from './synthetic-journal.ts';

/** A host that has given nothing to a VM yet. */
const onHost = fiveFunctions.map(({ health, ...one }) => ({
  ...one,
  health: { ...health, driver: 'xhci_hcd', enableCount: 1 },
}));

const aCycle = (cycle: SyntheticCycle) => new SyntheticJournal(onHost).begin(1).cycle(cycle).finish().events;

/** The verdicts on a function after one cycle whose VM, by its manager's word, started, and which nobody ever saw. */
function afterUnseenVm(cycle: SyntheticCycle) {
  const events = aCycle(cycle);
  const started = events.findIndex((event) => event.t === 'act-done' && event.act === 'vm-start');
  const gone = { t: 'vm-gone', cycle: 1, n: 900, at: events[started]?.at ?? 0 } as const;
  return countsOf(judged(events.toSpliced(started + 1, 0, gone)), usb);
}

it('a function that never left the driver of the host is not accused of a VM that may not have run', () => {
  const nothing = change(usb, { driver: 'xhci_hcd' }, ['running', 'after']);
  expect(afterUnseenVm(nothing)).toMatchObject({ unobserved: 1, degraded: 0 });
});

it('a function that was taken from the host and ends on neither driver is accused', () => {
  expect(afterUnseenVm(change(usb, { driver: null }, ['after']))).toMatchObject({ degraded: 1 });
});

it('a function that the VM had, and that is back on the driver of the host, is accused where a stop leaves it to vfio-pci', () => {
  expect(afterUnseenVm(change(usb, { driver: 'xhci_hcd' }, ['after']))).toMatchObject({ degraded: 1 });
});

it('a function that never left the driver of the host is accused of a VM that was there to the end', () => {
  const nothing = change(usb, { driver: 'xhci_hcd', enableCount: 1 }, ['running', 'after']);
  expect(countsOf(judged(aCycle(nothing)), usb)).toMatchObject({ degraded: 1 });
});
