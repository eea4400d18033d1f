import { describe, expect, it } from 'vitest';
import { gpu, healthy, judged, usb } from '../test/judged-journal.ts';
import { SyntheticJournal } from './synthetic-journal.ts';

/** One cycle under a manager that gives functions back: the GPU has no driver of the host, the USB controller has one. */
function verdicts(gpuDriver: string | null, usbDriver: string | null): string[] {
  const functions = [
    { address: gpu, role: 'gpu', health: healthy({ driver: null }) },
    { address: usb, role: 'usb', health: healthy({ driver: 'xhci_hcd' }) },
  ] as const;
  const after = [
    { address: gpu, change: { driver: gpuDriver } },
    { address: usb, change: { driver: usbDriver } },
  ];
  const { events } = new SyntheticJournal(functions).begin(1, null).cycle({ health: { after } }).finish();
  const { failures } = judged(events);
  return failures.flatMap((failure) =>
    failure.functions.map(({ address, verdict, departures }) =>
      [address.slice(-7), verdict, ...departures.map(({ symptom, reading }) => `${symptom}: ${reading}`)].join(' '),
    ),
  );
}

describe('a manager that gives functions back to their drivers', () => {
  it('has done so where each is on the driver of the baseline, or on none', () => {
    expect(verdicts(null, 'xhci_hcd')).toEqual([]);
  });

  it.each<[string, [string | null, string | null], string[]]>([
    [
      'was not given back to its driver',
      [null, null],
      ['2b:00.0 survived', '2c:00.3 degraded wrong-driver: driver none, expected xhci_hcd'],
    ],
    [
      'was not given back',
      ['vfio-pci', 'vfio-pci'],
      [
        '2b:00.0 degraded wrong-driver: driver vfio-pci, expected none',
        '2c:00.3 degraded wrong-driver: driver vfio-pci, expected xhci_hcd',
      ],
    ],
    [
      'was taken by a driver that did not have it before',
      ['nouveau', 'xhci_hcd'],
      ['2b:00.0 degraded wrong-driver: driver nouveau, expected none', '2c:00.3 survived'],
    ],
  ])('names a function that %s', (_what, [gpuDriver, usbDriver], expected) => {
    expect(verdicts(gpuDriver, usbDriver)).toEqual(expected);
  });
});
