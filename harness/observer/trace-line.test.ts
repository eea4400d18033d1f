import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import { parseTraceLine, type TracedCall } from './trace-line.ts';

const nothing = { task: undefined, device: undefined, asked: false, returned: undefined };

describe('a line of our trace_pipe', () => {
  it.each<[string, string, TracedCall]>([
    [
      'a call, Linux 6.12',
      'kvm-256     [000] .....    46.591433: pci_bridge_secondary_bus_reset: (pci_bridge_secondary_bus_reset+0x4/0x60) dev="0000:00:03.0" by="kvm"',
      {
        ...nothing,
        symbol: 'pci_bridge_secondary_bus_reset',
        moment: 'entry',
        pid: 256,
        monoSeconds: 46.591433,
        task: 'kvm',
        device: addressOf('0000:00:03.0'),
      },
    ],
    [
      'a task whose name has blanks, and one that nobody knows yet',
      'task UPID:lab:0-373     [000] .N...   717.869864: pci_pm_reset: (pci_pm_reset+0x0/0x60) dev="0000:2b:00.0" asked=1 by="task UPID:lab:0"',
      {
        ...nothing,
        symbol: 'pci_pm_reset',
        moment: 'entry',
        pid: 373,
        monoSeconds: 717.869864,
        task: 'task UPID:lab:0',
        device: addressOf('0000:2b:00.0'),
        asked: true,
      },
    ],
    [
      'a return into a module, Linux 6.1',
      '<...>-378     [001] .....   723.297646: pci_try_reset_function_ret: (vfio_pci_core_enable+0xa5/0x320 [vfio_pci_core] <- pci_try_reset_function) ret=-25',
      {
        ...nothing,
        symbol: 'pci_try_reset_function',
        moment: 'return',
        pid: 378,
        monoSeconds: 723.297646,
        returned: -25,
      },
    ],
    [
      'a return of a function that returns nothing',
      'kvm-378     [000] .....   724.250799: pci_reset_secondary_bus_ret: (__pci_reset_bus+0x72/0xf0 <- pci_reset_secondary_bus)',
      { ...nothing, symbol: 'pci_reset_secondary_bus', moment: 'return', pid: 378, monoSeconds: 724.250799 },
    ],
    [
      'four flags before Linux 5.18, and a thread group',
      '     CPU 0/KVM-1234  ( 1200) [015] d..1 12345.000001: pcie_flr: (pcie_flr+0x0/0x90) dev="0000:2b:00.0" by="a "quoted" name"',
      {
        ...nothing,
        symbol: 'pcie_flr',
        moment: 'entry',
        pid: 1234,
        monoSeconds: 12345.000001,
        task: 'a "quoted" name',
        device: addressOf('0000:2b:00.0'),
      },
    ],
    [
      'an argument that is no function',
      'kvm-378     [000] ....   724.2: pci_reset_bus: (pci_reset_bus+0x0/0x2e0) dev=(fault) by="kvm"',
      { ...nothing, symbol: 'pci_reset_bus', moment: 'entry', pid: 378, monoSeconds: 724.2, task: 'kvm' },
    ],
  ])('that tells of %s', (_what, line, call) => {
    expect(parseTraceLine(line)).toEqual(call);
  });

  it.each([
    '',
    '# tracer: nop',
    'CPU:1 [LOST 32 EVENTS]',
    'kvm-378 [001] ..... 723.3: pci_reset_bus_ret: (pci_reset_bus+0x0/0x2e0) ret=0',
    'kvm-378 [001] ..... 723.3: pci_reset_bus: (vfio_pci_core_ioctl+0xfdb/0x1090 [vfio_pci_core] <- pci_reset_bus) ret=0',
  ])('that is none: %j', (line) => {
    expect(parseTraceLine(line)).toBeUndefined();
  });

  it('whatever it is, never throws', () => {
    fc.assert(fc.property(fc.string(), (line) => void parseTraceLine(line)));
  });
});
