import { describe, expect, it } from 'vitest';
import type { JournalEventBody, ResetRecord } from '../journal/events.ts';
import type { PciAddress } from '../pci/address.ts';
import {
  audio,
  begun,
  change,
  chipsetUsb,
  dead,
  fiveFunctions,
  gpu,
  gpuAudio,
  healthy,
  healthyPort,
  judged,
  usb,
} from '../test/judged-journal.ts';
import { addressOf } from '../test/known-address.ts';
import { SyntheticJournal } from './synthetic-journal.ts';

const bus: ResetRecord = {
  function: gpu,
  method: 'bus',
  bridge: healthyPort.address,
  task: 'kvm',
  during: 'close',
  returned: 0,
};
const none: ResetRecord = { function: chipsetUsb, method: 'none', task: 'kvm', during: 'open', returned: -25 };
const resets = (cycle: number, ms: (number | null)[], own?: ResetRecord[], lost?: number): JournalEventBody => ({
  t: 'resets',
  cycle,
  ms,
  ...(own === undefined ? {} : { resets: own }),
  ...(lost === undefined ? {} : { lost }),
});
const seen: JournalEventBody = { t: 'reset-source', source: 'kernel-events' };

describe('the resets of a run', () => {
  it('are nothing in a journal that does not tell of them', () => {
    const { resets: nothing } = judged(begun().cycle().finish().events);
    expect(nothing).toMatchObject({ source: undefined, cycles: 0, lost: 0 });
    expect(nothing.functions.get(usb)).toEqual({ methods: {}, refused: {}, offered: ['pm'] });
  });

  it('are counted by function and method, and a bus reset for every function below its bridge', () => {
    const run = begun().append(seen);
    run.cycle().append(resets(1, [20, 1], [bus, none]));
    run.cycle().append(resets(2, [30, 2]));
    const { source, cycles, functions } = judged(run.finish().events).resets;
    expect([source, cycles]).toEqual(['kernel-events', 2]);
    const twice = { count: 2, failed: 0, lastMs: 30, bridge: healthyPort.address, tasks: ['kvm'] };
    // All functions of the made-up host sit below one port.
    for (const address of [gpu, gpuAudio, usb, audio]) {
      expect(functions.get(address)).toMatchObject({ methods: { bus: twice }, refused: {} });
    }
    expect(functions.get(chipsetUsb)).toMatchObject({
      methods: { none: { count: 2, lastMs: 2 } },
      refused: { 'no reset method of its own (ENOTTY)': 2 },
    });
  });

  it('tell which went wrong: an error, and one that was not seen to end', () => {
    const failed = { ...bus, method: 'flr' as const, returned: -25 };
    const hung = { ...bus, method: 'flr' as const, returned: null };
    const run = begun().append(seen).cycle();
    run.append(resets(1, [60_000, 104, null], [failed, { ...failed, returned: 0 }, hung], 3));
    const { lost, functions } = judged(run.finish().events).resets;
    expect(lost).toBe(3);
    expect(functions.get(gpu)?.methods.flr).toMatchObject({ count: 3, failed: 2, lastMs: null });
  });

  it('between cycles count for nobody, but the next cycle may be like them', () => {
    const run = begun()
      .append(seen, { t: 'resets', resets: [none], ms: [1] })
      .cycle()
      .append(resets(1, [2]));
    const { cycles, functions } = judged(run.finish().events).resets;
    expect(cycles).toBe(1);
    expect(functions.get(chipsetUsb)?.methods.none?.count).toBe(1);
  });

  it.each([
    [
      `kvm: vfio: Cannot reset device ${usb}, depends on group 15 which is not owned.`,
      'bus reset refused, group 15 not owned',
    ],
    [
      `kvm: vfio: Cannot reset device ${usb}, depends on device 0000:2c:00.0 which is not owned.`,
      'bus reset refused, device 0000:2c:00.0 not owned',
    ],
    [`kvm: vfio: Cannot reset device ${usb}, no available reset mechanism.`, 'no available reset mechanism'],
  ])('know QEMU’s reason: %s', (line, reason) => {
    const run = begun().cycle({ start: { ok: true, output: `first\n${line}\nlast` } });
    expect(judged(run.finish().events).resets.functions.get(usb)?.refused).toEqual({ [reason]: 1 });
  });

  it('of a cycle that went wrong are with it, whether they are told before its end or after', () => {
    const before = begun()
      .append(seen)
      .cycle()
      .append(resets(1, [20], [bus]));
    const cycle = begun().cycle(change(usb, dead)).events.slice(begun().events.length);
    for (const event of cycle.filter(({ t }) => t !== 'cycle-finished')) {
      before.append(event.t === 'cycle-started' ? { ...event, cycle: 2 } : event);
    }
    before.append(resets(2, [21]), { t: 'cycle-finished', cycle: 2, complete: true });
    expect(judged(before.finish().events).failures).toMatchObject([{ cycle: 2, resets: [{ method: 'bus', ms: 21 }] }]);

    const after = begun()
      .append(seen)
      .cycle(change(usb, dead))
      .append(resets(1, [22], [bus]));
    expect(judged(after.finish().events).failures).toMatchObject([{ cycle: 1, resets: [{ ...bus, ms: 22 }] }]);
  });

  it('of a cycle stay with it: neither with one before it that failed, nor with one after it', () => {
    const run = begun()
      .append(seen)
      .cycle(change(usb, dead))
      .cycle()
      .append(resets(2, [20], [bus]))
      .cycle(change(usb, dead));
    const { failures } = judged(run.finish().events);
    expect(failures.map(({ cycle, resets: own }) => [cycle, own])).toEqual([
      [1, undefined],
      [3, undefined],
    ]);
  });

  it('of a bus are those of the functions below its bridge alone, and the others those of one function', () => {
    const port = addressOf('0000:00:07.1');
    const board = fiveFunctions.map((one) => {
      if (one.address === audio) return { ...one, health: healthy({ bridge: null }) };
      return one.address === usb ? { ...one, health: healthy({ bridge: { ...healthyPort, address: port } }) } : one;
    });
    const flr: ResetRecord = { function: gpu, method: 'flr', returned: -25 };
    const run = new SyntheticJournal(board).begin().append(seen).cycle();
    run.append(resets(1, [20, 5, null], [{ ...bus, task: 'kvm' }, flr, { ...none, returned: null }]));
    run.cycle().append(
      resets(
        2,
        [21, 6],
        [
          { ...bus, task: 'bash' },
          { ...bus, task: 'kvm' },
        ],
      ),
    );
    const { functions } = judged(run.finish().events).resets;
    const methodsOf = (address: PciAddress) => functions.get(address)?.methods;
    const thrice = { count: 3, failed: 0, lastMs: 6, bridge: healthyPort.address, tasks: ['kvm', 'bash'] };
    expect(methodsOf(gpuAudio)).toEqual({ bus: thrice });
    expect(methodsOf(gpu)).toEqual({
      bus: thrice,
      flr: { count: 1, failed: 1, lastMs: 5, bridge: null, tasks: [] },
    });
    expect([methodsOf(usb), methodsOf(audio)]).toEqual([{}, {}]);
    // Refused is what was not done at all, and only where the kernel said why.
    expect([...functions.values()].map(({ refused }) => refused)).toEqual([{}, {}, {}, {}, {}]);
    expect([...functions.keys()]).toEqual(board.map(({ address }) => address));
  });

  it('are those that the baseline offers, and what a failed stop or a stranger says is nothing to them', () => {
    const refusal = (address: string): string => `kvm: vfio: Cannot reset device ${address}, no reset.`;
    const run = begun().cycle({
      ...change(usb, { resetMethods: ['bus'] }),
      start: { ok: true, output: [refusal('0000:7f:00.0'), refusal('nothing')].join('\n') },
      stop: { ok: true, output: refusal(usb) },
    });
    const { functions } = judged(run.finish().events).resets;
    expect(functions.get(usb)).toEqual({ methods: {}, refused: {}, offered: ['pm'] });
    expect(functions.size).toBe(5);
  });

  it.each([
    ['no reset', 'no reset'],
    ['it depends on group 15 which is not owned.', 'it depends on group 15 which is not owned'],
    ['depends on group 15 which is not owned by us.', 'depends on group 15 which is not owned by us'],
  ])('keep a reason of QEMU that is none of these in its words: %s', (why, reason) => {
    const run = begun().cycle({ start: { ok: true, output: `kvm: vfio: Cannot reset device ${usb}, ${why}` } });
    expect(judged(run.finish().events).resets.functions.get(usb)?.refused).toEqual({ [reason]: 1 });
  });

  it('move no verdict', () => {
    const plain = judged(begun().cycle().finish().events);
    const told = judged(
      begun()
        .append(seen)
        .cycle()
        .append(resets(1, [null], [bus]))
        .finish().events,
    );
    expect([told.outcome, told.cycles]).toEqual([plain.outcome, plain.cycles]);
    expect([...told.functions.values()].map(({ counts }) => counts)).toEqual(
      [...plain.functions.values()].map(({ counts }) => counts),
    );
  });
});
