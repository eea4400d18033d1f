import { expect, test } from 'vitest';
import { chooseAccelerator, type ProbeEnd } from './accelerator.ts';
import { probeExit, probeGuest } from './probe-guest.ts';

test.each<[string, ProbeEnd, 'kvm' | 'tcg']>([
  ['the guest ran', { exitCode: probeExit.exitCode, timedOut: false, detail: '' }, 'kvm'],
  ['the guest span for ever', { exitCode: null, timedOut: true, detail: '' }, 'tcg'],
  ['QEMU aborted', { exitCode: null, timedOut: false, detail: 'failed to set MSR' }, 'tcg'],
  ['there is no KVM', { exitCode: 1, timedOut: false, detail: 'failed to initialize kvm' }, 'tcg'],
  ['QEMU ended well without the guest saying so', { exitCode: 0, timedOut: false, detail: '' }, 'tcg'],
])('where %s', (_case, probe, expected) => {
  const choice = chooseAccelerator(probe);
  expect(choice.accelerator).toBe(expected);
  expect(choice.because).toContain(probe.detail);
});

test('the probe guest is a boot sector on a disk of whole sectors', () => {
  const disk = probeGuest();
  expect(disk.length % 512).toBe(0);
  expect(disk.readUInt16LE(510)).toBe(0xaa55);
});
