import { describe, expect, it } from 'vitest';
import type { Holder } from '../pci/health.ts';
import { begun, change, gpu, healthy, healthyPort, judged, usb } from '../test/judged-journal.ts';
import { type SyntheticCycle, SyntheticJournal } from './synthetic-journal.ts';

/** Every departure of the USB controller in one cycle, in words, after what the cycle as a whole was. */
function said(cycle: SyntheticCycle, journal = begun()): string[] {
  const { outcome, failures } = judged(journal.cycle(cycle).finish().events);
  const departures = failures.flatMap(({ functions }) => functions.find(({ address }) => address === usb)?.departures);
  return [outcome, ...departures.map((departure) => `${departure?.symptom ?? ''}: ${departure?.reading ?? ''}`)];
}

describe('AER counters', () => {
  const none = { correctable: 0, nonFatal: 0, fatal: 0 };
  /** The counters of the USB controller and of the port above it, as they are before a cycle and after it. */
  const counted = (
    before: Partial<typeof none> | null,
    after: Partial<typeof none> | null,
    portAfter: Partial<typeof none> | null = {},
  ): SyntheticCycle => {
    const errors = (counts: Partial<typeof none> | null) => (counts === null ? null : { ...none, ...counts });
    const reads = (own: Partial<typeof none> | null, port: Partial<typeof none> | null) => [
      { address: usb, change: { errors: errors(own), bridge: { ...healthyPort, errors: errors(port) } } },
    ];
    return { health: { before: reads(before, {}), after: reads(after, portAfter) } };
  };

  it.each<[string, SyntheticCycle, string[]]>([
    ['that stand still', counted({ fatal: 3, nonFatal: 2 }, { fatal: 3, nonFatal: 2 }), []],
    ['of what was corrected', counted({}, { correctable: 900 }), []],
    ['that began anew', counted({ fatal: 3, nonFatal: 2 }, {}), []],
    ['that were not there before', counted(null, { fatal: 1 }), []],
    ['that are not there any more', counted({ fatal: 1 }, null), []],
    ['that grew', counted({ fatal: 1 }, { fatal: 3 }), ['its AER counters show 2 more fatal']],
    [
      'that grew in both kinds',
      counted({}, { fatal: 1, nonFatal: 4 }),
      ['its AER counters show 1 more fatal; its AER counters show 4 more non-fatal'],
    ],
    [
      'of the port above',
      counted({}, {}, { nonFatal: 1 }),
      ['the AER counters of the port 0000:00:03.1 show 1 more non-fatal'],
    ],
    [
      'of both',
      counted({}, { fatal: 1 }, { fatal: 2 }),
      ['its AER counters show 1 more fatal; the AER counters of the port 0000:00:03.1 show 2 more fatal'],
    ],
  ])('%s', (_what, cycle, readings) => {
    const told = readings.map((reading) => `aer-uncorrectable: ${reading}`);
    expect(said(cycle)).toEqual([readings.length === 0 ? 'pass' : 'fail', ...told]);
  });

  it('are of another boot after a reboot, and not compared', () => {
    const cycle: SyntheticCycle = { ...counted({}, { fatal: 9 }), reboot: { from: 'after', bootId: 'boot-2' } };
    expect(said(cycle)).toEqual(['infra', 'host-rebooted: boot_id boot-2, was boot-1']);
  });

  it('are compared with those while the VM ran, where nobody looked afterwards', () => {
    const errors = { ...none, fatal: 1 };
    const journal = begun().cycle({
      health: {
        before: [{ address: usb, change: { errors: none } }],
        running: [{ address: usb, change: { errors } }],
      },
    });
    const blind = new SyntheticJournal([]).append(
      ...journal.events.filter((event) => event.t !== 'edge' || event.edge !== 'after'),
    );
    const [failure] = judged(blind.finish().events).failures;
    expect(failure?.outcome).toBe('infra');
    expect(failure?.functions.find(({ address }) => address === usb)?.departures).toEqual([
      { symptom: 'aer-uncorrectable', reading: 'its AER counters show 1 more fatal' },
    ]);
  });
});

describe('a function that somebody has open', () => {
  const holder: Holder = { pid: 812, command: 'qemu-system-x86', file: '/dev/vfio/27', functions: [usb] };

  it.each<[string, SyntheticCycle, string[]]>([
    [
      'before the VM starts',
      { holders: { before: [holder] } },
      ['fail', 'still-held: qemu-system-x86 (pid 812) has /dev/vfio/27 open before the VM started'],
    ],
    [
      'after it stopped',
      { holders: { after: [{ ...holder, functions: [gpu] }, holder] } },
      ['fail', 'still-held: qemu-system-x86 (pid 812) has /dev/vfio/27 open after it stopped'],
    ],
    ['that is another one', { holders: { after: [{ ...holder, functions: [] }] } }, ['pass']],
  ])('%s', (_what, cycle, words) => expect(said(cycle)).toEqual(words));

  it('at both moments is told once', () =>
    expect(said({ holders: { before: [holder], after: [holder] } })).toEqual([
      'fail',
      'still-held: qemu-system-x86 (pid 812) has /dev/vfio/27 open before the VM started',
    ]));
});

describe('the driver of a function before the VM starts', () => {
  const functions = (driver: string | null) => [
    { address: usb, role: 'usb' as const, health: healthy({ driver }) },
    { address: gpu, role: 'gpu' as const, health: healthy() },
  ];
  // `leaves`: the driver that the manager leaves on a function; null where it gives the function back.
  it.each<[string, { was: string | null; before: string | null; leaves: string | null }, string[]]>([
    ['is that of the baseline', { was: 'xhci_hcd', before: 'xhci_hcd', leaves: 'vfio-pci' }, []],
    ['is what the stop before left', { was: 'xhci_hcd', before: 'vfio-pci', leaves: 'vfio-pci' }, []],
    ['is none, as in the baseline', { was: null, before: null, leaves: 'vfio-pci' }, []],
    [
      'was lost',
      { was: 'xhci_hcd', before: null, leaves: 'vfio-pci' },
      ['driver none before the VM started, expected vfio-pci'],
    ],
    [
      'is a foreign one',
      { was: 'xhci_hcd', before: 'nouveau', leaves: 'vfio-pci' },
      ['driver nouveau before the VM started, expected vfio-pci'],
    ],
    [
      'was not given back',
      { was: 'xhci_hcd', before: 'vfio-pci', leaves: null },
      ['driver vfio-pci before the VM started, expected xhci_hcd'],
    ],
    [
      'is one though it had none',
      { was: null, before: 'vfio-pci', leaves: null },
      ['driver vfio-pci before the VM started, expected none'],
    ],
  ])('%s', (_what, { was, before, leaves }, readings) => {
    const journal = new SyntheticJournal(functions(was)).begin(1, leaves);
    const after = leaves ?? was;
    const cycle: SyntheticCycle = {
      health: {
        before: [{ address: usb, change: { driver: before } }],
        after: [
          { address: usb, change: { driver: after } },
          { address: gpu, change: { driver: 'vfio-pci' } },
        ],
      },
    };
    const told = readings.map((reading) => `wrong-driver: ${reading}`);
    expect(said(cycle, journal)).toEqual([readings.length === 0 ? 'pass' : 'fail', ...told]);
  });

  it('is nothing to a function that is not there then', () =>
    expect(said(change(usb, { present: false, config: null, driver: null }, ['before']))).toEqual([
      'fail',
      'missing: the host has no such function any more before the VM started',
    ]));
});
