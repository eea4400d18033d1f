import { describe, expect, it } from 'vitest';
import { addressOf } from '../test/known-address.ts';
import type { PassthroughLine, VmStatus } from './manager.ts';
import { vmGate } from './vm-gate.ts';

const gpu = addressOf('2b:00.0');
const gpuAudio = addressOf('2b:00.1');
const libvirt = { name: 'domain games', words: { line: 'hostdev', unlock: '"virsh managedsave-remove" it' } };
const hostdev = (index: number, prefix: string, managed = true): PassthroughLine => ({
  key: `hostdev${index}`,
  prefix,
  managed,
});

function findings(
  change: Partial<VmStatus>,
  drivers: readonly (string | null)[] = ['nouveau', 'snd_hda_intel'],
): readonly string[] {
  const status: VmStatus = {
    ...{ state: 'stopped', word: 'shut off', lock: null, unreadable: [] },
    passthrough: [hostdev(0, gpu), hostdev(1, gpuAudio)],
    ...change,
  };
  const onHost = [gpu, gpuAudio].map((address, index) => ({ address, driver: drivers[index] ?? null }));
  return vmGate(libvirt, status, [gpu, gpuAudio], onHost).findings;
}

describe('the gate on a domain of libvirt', () => {
  it('is open where it is shut off and handed what the inventory names', () => expect(findings({})).toEqual([]));

  it.each<[string, Partial<VmStatus>, string[]]>([
    ['is paused', { state: 'other', word: 'paused' }, ['domain games is paused: stop it first, it may be in use']],
    [
      'has been saved',
      { lock: 'managed save' },
      ['domain games is locked (managed save): "virsh managedsave-remove" it'],
    ],
    ['lacks a function', { passthrough: [hostdev(0, gpu)] }, ['no hostdev of domain games hands over 2b:00.1']],
    [
      'is handed one more',
      { passthrough: [hostdev(0, gpu), hostdev(1, gpuAudio), hostdev(2, '0000:03:00.1')] },
      ['hostdev2 of domain games hands over 0000:03:00.1, which the inventory does not name'],
    ],
  ])('is closed where it %s', (_what, change, expected) => expect(findings(change)).toEqual(expected));

  it('wants functions that libvirt does not manage on vfio-pci already', () => {
    const passthrough = [hostdev(0, gpu, false), hostdev(1, gpuAudio, false)];
    const advice = `so the VM would not start: set managed='yes', or detach it first`;
    expect(findings({ passthrough }, ['vfio-pci', 'vfio-pci'])).toEqual([]);
    expect(findings({ passthrough }, ['vfio-pci', null])).toEqual([
      `hostdev1 of domain games is not managed, and 2b:00.1 is on no driver, ${advice} ("virsh nodedev-detach pci_0000_2b_00_1")`,
    ]);
  });
});
