import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resetCalls } from '../pci/reset-names.ts';
import { addressOf } from '../test/known-address.ts';
import { type KernelReset, ResetTracker } from './reset-tracker.ts';
import { parseTraceLine, type TracedCall } from './trace-line.ts';

const usb = addressOf('2c:00.3');
const port = addressOf('00:03.0');

/** `symbol` is called, `-symbol` returns; the milliseconds are those since the call before. */
type Step = readonly [
  symbol: string,
  ms: number,
  returned?: number | undefined,
  options?: { pid?: number; asked?: boolean },
];

function traced(steps: readonly Step[]): TracedCall[] {
  let ms = 1000;
  return steps.map(([name, after, returned, { pid = 7, asked = false } = {}]) => {
    ms += after;
    const isReturn = name.startsWith('-');
    const symbol = isReturn ? name.slice(1) : name;
    const device = resetCalls.get(symbol)?.kind === 'bus' ? port : usb;
    return {
      symbol,
      moment: isReturn ? 'return' : 'entry',
      pid,
      monoSeconds: ms / 1000,
      task: isReturn ? undefined : 'kvm',
      device: isReturn ? undefined : device,
      asked,
      returned,
    };
  });
}

function resetsOf(calls: readonly TracedCall[]): Partial<KernelReset>[] {
  const tracker = new ResetTracker();
  return [...calls.flatMap((call) => tracker.push(call)), ...tracker.unfinished].map(brief);
}

/** What is not told is left out. */
function brief(reset: KernelReset): Partial<KernelReset> {
  const { durationMs } = reset;
  const told = { ...reset, ...(durationMs === undefined ? {} : { durationMs: Math.round(durationMs) }) };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
}

const [outer, request] = ['pci_try_reset_function', '__pci_reset_function_locked'];
const by = { function: usb, task: 'kvm' };

describe('what the calls of one task come to', () => {
  it.each<[string, readonly Step[], readonly Partial<KernelReset>[]]>([
    [
      'a function without a method of its own',
      [
        [outer, 0],
        [`-${outer}`, 1, -25],
      ],
      [{ ...by, method: 'none', returned: -25, durationMs: 1 }],
    ],
    [
      'a function level reset, seen twice over',
      [
        ['vfio_pci_core_enable', 0],
        [outer, 0],
        [request, 0],
        ['pci_dev_specific_reset', 0],
        ['-pci_dev_specific_reset', 0, -25],
        ['pcie_reset_flr', 0],
        ['pcie_flr', 0],
        ['-pcie_flr', 104, 0],
        ['-pcie_reset_flr', 0, 0],
        [`-${request}`, 0, 0],
        [`-${outer}`, 1, 0],
        ['-vfio_pci_core_enable', 0, 0],
      ],
      [{ ...by, method: 'flr', during: 'open', returned: 0, durationMs: 104 }],
    ],
    [
      'an FLR after which it never came back, and then the next method',
      [
        [request, 0],
        ['pcie_flr', 0],
        ['-pcie_flr', 60_000, -25],
        ['pci_af_flr', 0],
        ['-pci_af_flr', 0, -25],
        ['pci_pm_reset', 0],
        ['-pci_pm_reset', 22, 0],
        [`-${request}`, 0, 0],
      ],
      [
        { ...by, method: 'flr', returned: -25, durationMs: 60_000 },
        { ...by, method: 'pm', returned: 0, durationMs: 22 },
      ],
    ],
    [
      'a PM reset after which it never came back',
      [
        [request, 0],
        ['pci_pm_reset', 0],
        ['-pci_pm_reset', 60_000, -25],
        [`-${request}`, 0, -25],
      ],
      [{ ...by, method: 'pm', returned: -25, durationMs: 60_000 }],
    ],
    [
      'a quirk that does an FLR on its way',
      [
        [request, 0],
        ['pci_dev_specific_reset', 0],
        ['pcie_flr', 0],
        ['-pcie_flr', 100, 0],
        ['-pci_dev_specific_reset', 250, 0],
        [`-${request}`, 0, 0],
      ],
      [{ ...by, method: 'device_specific', returned: 0, durationMs: 350 }],
    ],
    [
      'one that is only asked for',
      [
        ['pci_pm_reset', 0, undefined, { asked: true }],
        ['-pci_pm_reset', 9, 0],
      ],
      [],
    ],
    [
      'a bus reset of which two functions of the kernel tell, one without a result',
      [
        ['vfio_pci_core_disable', 0],
        ['pci_reset_bus', 0],
        ['pci_bridge_secondary_bus_reset', 0],
        ['pci_reset_secondary_bus', 0],
        ['-pci_reset_secondary_bus', 3],
        ['-pci_bridge_secondary_bus_reset', 1000, -25],
        ['-pci_reset_bus', 1, -25],
        ['-vfio_pci_core_disable', 0],
      ],
      [{ ...by, method: 'bus', bridge: port, during: 'close', returned: -25, durationMs: 1003 }],
    ],
    [
      'a bus reset by its bridge',
      [
        ['pci_bridge_secondary_bus_reset', 0],
        ['-pci_bridge_secondary_bus_reset', 12, 0],
      ],
      [{ task: 'kvm', method: 'bus', bridge: port, returned: 0, durationMs: 12 }],
    ],
    [
      'a bus that somebody else has locked',
      [
        ['pci_reset_bus', 0],
        ['-pci_reset_bus', 0, -11],
      ],
      [{ ...by, method: 'none', returned: -11, durationMs: 0 }],
    ],
    [
      'a method that could not be probed',
      [
        [request, 0],
        [`-${request}`, 30, 0],
      ],
      [{ ...by, method: 'unknown', returned: 0, durationMs: 30 }],
    ],
    [
      'an FLR of Linux 4.15, which returns nothing',
      [
        [request, 0],
        ['pcie_flr', 0],
        ['-pcie_flr', 100, 123_456],
        [`-${request}`, 0, 0],
      ],
      [{ ...by, method: 'flr', returned: 0, durationMs: 100 }],
    ],
    [
      'two tasks at once',
      [
        [outer, 0, undefined, { pid: 1 }],
        [outer, 1, undefined, { pid: 2 }],
        [`-${outer}`, 1, -25, { pid: 1 }],
        [`-${outer}`, 5, -16, { pid: 2 }],
      ],
      [
        { ...by, method: 'none', returned: -25, durationMs: 2 },
        { ...by, method: 'none', returned: -16, durationMs: 6 },
      ],
    ],
    [
      'a return that was not told',
      [
        [outer, 0],
        ['pcie_flr', 0],
        [request, 0],
        [`-${outer}`, 9, -5],
      ],
      [{ ...by, method: 'none', returned: -5, durationMs: 9 }],
    ],
    [
      'one that hangs',
      [
        ['vfio_pci_core_enable', 0],
        [outer, 0],
        [request, 0],
        ['pcie_flr', 0],
      ],
      [{ ...by, method: 'flr', during: 'open' }],
    ],
  ])('%s', (_what, steps, resets) => {
    expect(resetsOf(traced(steps))).toEqual(resets);
  });

  it('forgets what was open when calls were lost', () => {
    const tracker = new ResetTracker();
    const [begin, end] = traced([
      [outer, 0],
      [`-${outer}`, 1, 0],
    ]);
    if (begin === undefined || end === undefined) throw new Error('two steps');
    tracker.push(begin);
    tracker.forget();
    expect(tracker.push(end)).toEqual([]);
    expect(tracker.unfinished).toEqual([]);
  });

  it('never holds more than is open, and never tells of more requests than were made, whatever the order', () => {
    const step = fc.tuple(
      fc.constantFrom(...resetCalls.keys()).chain((name) => fc.constantFrom(name, `-${name}`)),
      fc.nat(50),
      fc.constantFrom(0, -25, -11, 7, undefined),
      fc.record({ pid: fc.nat(2), asked: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const entries = steps.filter(([name]) => !name.startsWith('-')).length;
        expect(resetsOf(traced(steps)).length).toBeLessThanOrEqual(entries);
      }),
    );
  });
});

describe('one cycle of a real VM with five functions', () => {
  const gpu = addressOf('2b:00.0');
  const opened = ['2b:00.0', '2b:00.1', '2c:00.3', '2d:00.3', '03:00.0'].map(addressOf);
  it.each(['6.1.0-56-amd64', '6.12.117+deb12-amd64'])('on Linux %s', async (release) => {
    const text = await readFile(new URL(`fixtures/trace-${release}.txt`, import.meta.url), 'utf8');
    const lines = text.trimEnd().split('\n');
    const calls = lines.flatMap((line) => parseTraceLine(line) ?? []);
    expect(calls).toHaveLength(lines.length);
    const resets = resetsOf(calls).map(({ durationMs, ...rest }) => {
      expect(durationMs).toBeLessThan(1000);
      return rest;
    });
    const none = { method: 'none', returned: -25 };
    const bus = { function: gpu, method: 'bus', bridge: port, task: 'kvm', returned: 0 };
    expect(resets).toEqual([
      // Proxmox writes to `reset` before it starts QEMU.
      { ...none, function: gpu, task: 'task UPID:lab:0' },
      { ...none, function: addressOf('03:00.0'), task: 'task UPID:lab:0' },
      ...opened.map((address) => ({ ...none, function: address, task: 'kvm', during: 'open' })),
      bus,
      { ...bus, during: 'close' },
    ]);
  });
});
