import { describe, expect, it } from 'vitest';
import { BootOutputError } from './errors.ts';
import { parseKernelList } from './kernel-list.ts';

const none = 'Manually selected kernels:\nNone.\n\nAutomatically selected kernels:\n6.5.13-6-pve\n6.8.12-4-pve\n';
const automatic = ['6.5.13-6-pve', '6.8.12-4-pve'];

describe('proxmox-boot-tool kernel list', () => {
  it.each([
    ['no pin', none, { manual: [], automatic, pinned: null, nextBoot: null }],
    [
      'a pin',
      `${none}\nPinned kernel:\n6.5.13-6-pve\n`,
      { manual: [], automatic, pinned: '6.5.13-6-pve', nextBoot: null },
    ],
    [
      'both pins and a manual kernel',
      `${none.replace('None.', '6.2.16-20-pve')}\nPinned kernel:\n6.5.13-6-pve\n\nKernel pinned on next-boot:\n6.8.12-4-pve\n`,
      { manual: ['6.2.16-20-pve'], automatic, pinned: '6.5.13-6-pve', nextBoot: '6.8.12-4-pve' },
    ],
    [
      'the pins as None.',
      `${none}\nPinned kernel:\nNone.\n\nKernel pinned on next-boot:\nNone.\n`,
      { manual: [], automatic, pinned: null, nextBoot: null },
    ],
  ])('with %s', (_what, output, list) => {
    expect(parseKernelList(output)).toEqual(list);
  });

  it.each(['', 'garbage\n', `${none}Some future section:\n`, `${none}\nPinned kernel:\n6.1\n6.2\n`])(
    '%j is refused',
    (output) => {
      expect(() => parseKernelList(output)).toThrow(BootOutputError);
    },
  );
});
