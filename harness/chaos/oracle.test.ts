import { describe, expect, it } from 'vitest';
import { pci } from '../twin/board.ts';
import { type ToldCycle, type ToldEvent, wrongs } from './oracle.ts';
import type { Truth } from './witness.ts';

const gpu = pci('0000:2b:00.0');
const sound = pci('0000:2b:00.1');
const usb = pci('0000:2c:00.3');
const functions = [gpu, sound, usb];

type Change = Partial<Truth>;

const alive = (cycle: number): Truth['ends'][number] => ({
  cycle,
  isRefused: false,
  functions: functions.map((address) => ({
    function: address,
    present: true,
    deadOf: [],
    driver: 'vfio-pci',
    group: 1,
  })),
});

/** What a journal of so many cycles holds that an oracle looks at. */
function journal(cycles: readonly number[], brokenOff?: number): ToldEvent[] {
  return [
    { t: 'run-started' },
    ...cycles.flatMap((cycle) => [
      { t: 'cycle-started', cycle },
      { t: 'cycle-finished', cycle, complete: cycle !== brokenOff },
    ]),
    { t: 'run-finished', reason: 'cycles-done' },
  ];
}

const told = (cycle: number, verdicts: Readonly<Record<string, string>> = {}, outcome = 'pass'): ToldCycle => ({
  cycle,
  outcome,
  functions: functions.map((address) => ({ address, verdict: verdicts[address] ?? 'survived' })),
});

const truth = (change: Change = {}): Truth => ({ befell: [], ends: [alive(1), alive(2)], unwritten: [], ...change });
const undisturbed = { cycles: new Set<number>() };

describe('the oracle', () => {
  it('says nothing of a run that told the truth', () => {
    expect(wrongs(2, journal([1, 2]), [told(1), told(2)], truth(), undisturbed)).toEqual([]);
  });

  it.each([
    ['a cycle that is missing', journal([1]), ['cycles began as 1, not 1 2', 'cycles ended as 1, not 1 2']],
    [
      'a cycle that is there twice',
      journal([1, 2, 2]),
      ['cycles began as 1 2 2, not 1 2', 'cycles ended as 1 2 2, not 1 2'],
    ],
    ['a run without its end', journal([1, 2]).slice(0, -1), ['the run ended as nothing ']],
    ['a run that began twice', [...journal([]).slice(0, 1), ...journal([1, 2])], ['the run began 2 times']],
  ])('names %s', (_what, events, expected) => {
    const judged = events.flatMap(({ t, cycle }) =>
      t === 'cycle-finished' && cycle !== undefined ? [told(cycle)] : [],
    );
    expect(wrongs(2, events, judged, truth(), undisturbed)).toEqual(expected);
  });

  it('names an act that was done before it was written down', () => {
    const said = wrongs(2, journal([1, 2]), [told(1), told(2)], truth({ unwritten: ['qm start 100'] }), undisturbed);
    expect(said).toEqual(['done before it was written down: qm start 100']);
  });

  const deadGpu = {
    ...alive(2),
    functions: alive(2).functions.map((one) =>
      one.function === gpu ? { ...one, deadOf: ['link-down' as const] } : one,
    ),
  };
  const goneUsb = {
    ...alive(2),
    functions: alive(2).functions.map((one) => (one.function === usb ? { ...one, present: false } : one)),
  };
  const befell = (what: string, ...of: typeof functions): Change => ({ befell: [{ cycle: 2, what, functions: of }] });

  it.each<[string, Change, Record<string, string>, string]>([
    ['a living function that is called lost', {}, { [usb]: 'lost' }, '2c:00.3 is lost, it must be survived'],
    ['a dead function that is called alive', { ends: [alive(1), deadGpu] }, {}, '2b:00.0 is survived, it must be lost'],
    [
      'a function that is gone and called alive',
      { ends: [alive(1), goneUsb] },
      {},
      '2c:00.3 is survived, it must be lost',
    ],
    [
      'an accused function that is called whole',
      befell('iommu-fault', usb),
      {},
      '2c:00.3 is survived, it must be degraded',
    ],
    [
      'a function whose end nobody saw',
      { ends: [alive(1)] },
      { [gpu]: 'unobserved', [sound]: 'unobserved' },
      '2c:00.3 is survived, it must be unobserved',
    ],
    [
      'a refusal that is nobody’s',
      { ends: [alive(1), { ...alive(2), isRefused: true }] },
      { [gpu]: 'unobserved', [sound]: 'unobserved' },
      '2c:00.3 is survived, it must be unobserved',
    ],
    [
      'a neighbour called lost by its port’s error',
      befell('aer-uncorrectable', gpu),
      { [gpu]: 'degraded', [sound]: 'lost' },
      '2b:00.1 is lost, it must be survived or degraded',
    ],
  ])('names %s', (_what, change, verdicts, expected) => {
    const said = wrongs(2, journal([1, 2]), [told(1), told(2, verdicts)], truth(change), undisturbed);
    expect(said).toEqual([expect.stringContaining(expected)]);
  });

  it('lets a neighbour be accused with the function whose port reported the error', () => {
    const verdicts = { [gpu]: 'degraded', [sound]: 'degraded' };
    const said = wrongs(
      2,
      journal([1, 2]),
      [told(1), told(2, verdicts)],
      truth(befell('aer-uncorrectable', gpu)),
      undisturbed,
    );
    expect(said).toEqual([]);
  });

  const nobody = { [gpu]: 'unobserved', [sound]: 'unobserved', [usb]: 'unobserved' };

  it('wants a reason for a cycle that was broken off', () => {
    const tell = (change: Change, disturbed = undisturbed): string[] =>
      wrongs(2, journal([1, 2], 2), [told(1), told(2, nobody, 'infra')], truth(change), disturbed);
    expect(tell({})).toEqual([expect.stringContaining('it was broken off, and nothing was the reason')]);
    expect(tell(befell('ssh-reset'))).toEqual([]);
    expect(tell({}, { cycles: new Set([2]) })).toEqual([]);
  });

  it('lets a cycle that was broken off accuse nobody', () => {
    const said = wrongs(
      2,
      journal([1, 2], 2),
      [told(1), told(2, { ...nobody, [usb]: 'lost' }, 'fail')],
      truth(befell('ssh-reset')),
      undisturbed,
    );
    expect(said).toEqual([expect.stringContaining('its outcome is fail'), expect.stringContaining('2c:00.3 is lost')]);
  });
});
