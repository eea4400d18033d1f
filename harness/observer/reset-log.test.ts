import { expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { ResetLog } from './reset-log.ts';
import type { KernelReset } from './reset-tracker.ts';

const usb = addressOf('2c:00.3');
const port = addressOf('00:07.1');

/** What the lines, a millisecond apart, come to; what the log never tells is left out. */
function told(...lines: string[]): Partial<KernelReset>[] {
  const log = new ResetLog([usb]);
  const resets = lines.flatMap((text, index) => log.push(text, index * 1000).reset ?? []);
  return resets.map((reset) => Object.fromEntries(Object.entries(reset).filter(([, value]) => value !== undefined)));
}

it.each<[string, readonly string[], readonly Partial<KernelReset>[]]>([
  [
    'beginning and end (6.13 and later)',
    [`vfio-pci ${usb}: resetting`, 'vfio-pci 0000:2b:00.0: resetting', `vfio-pci ${usb}: reset done`],
    [{ function: usb, method: 'unknown', durationMs: 2 }],
  ],
  [
    'how, where it was slow',
    [
      `vfio-pci ${usb}: resetting`,
      `vfio-pci ${usb}: not ready 1023ms after FLR; waiting`,
      `vfio-pci ${usb}: ready 2047ms after FLR`,
      `vfio-pci ${usb}: reset done`,
    ],
    [{ function: usb, method: 'flr', returned: 0, durationMs: 3 }],
  ],
  [
    'what never came back from it, by a kernel that tells no more',
    [
      `vfio-pci ${usb}: not ready 1023ms after PM D3hot->D0; waiting`,
      `vfio-pci ${usb}: not ready 65535ms after PM D3hot->D0; giving up`,
    ],
    [{ function: usb, method: 'pm', returned: -25, durationMs: 65_535 }],
  ],
  [
    'a bus reset, as the port above tells it',
    [`pcieport ${port}: not ready 65535ms after bus reset; giving up`],
    [{ bridge: port, method: 'bus', returned: -25, durationMs: 65_535 }],
  ],
  [
    'a bus reset that was begun for a function, and its port waits',
    [
      `vfio-pci ${usb}: resetting`,
      `pcieport ${port}: not ready 65535ms after bus reset; giving up`,
      `vfio-pci ${usb}: reset done`,
    ],
    [{ function: usb, method: 'bus', returned: -25, durationMs: 2 }],
  ],
])('tells %s', (_what, lines, resets) => {
  expect(told(...lines)).toEqual(resets);
});

it.each([
  ['a function that the run does not watch', ['vfio-pci 0000:2b:00.0: resetting', 'vfio-pci 0000:2b:00.0: reset done']],
  ['an end without a beginning', [`vfio-pci ${usb}: reset done`]],
  ['an end that was told twice', [`vfio-pci ${usb}: reset done`, `vfio-pci ${usb}: reset done`]],
  ['a wait after something else', [`nvidia ${usb}: not ready 65535ms after resume; giving up`]],
  ['a neighbour that was slow', ['vfio-pci 0000:2c:00.0: ready 2047ms after FLR']],
  ['other words', [`vfio-pci ${usb}: enabling device (0000 -> 0003)`, 'usb 1-1: resetting']],
])('makes nothing of %s', (_what, lines) => {
  expect(told(...lines)).toEqual([]);
});
