import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitLogPrefix } from './log-prefix.ts';

const said = 'vfio-pci 0000:2b:00.0: enabling device (0000 -> 0003)';

describe('a line of the kernel', () => {
  it.each([
    ['dmesg', `[  744.100000] ${said}`, '744.100000'],
    ['dmesg of a kernel that names its callers', `[  744.100000][ T1234] ${said}`, '744.100000'],
    ['dmesg -r', `<6>[  744.100000] ${said}`, '744.100000'],
    ['dmesg -x', `kern  :info  : [  744.100000] ${said}`, '744.100000'],
    ['dmesg -T', `[Sun Nov 22 11:49:54 2026] ${said}`, 'Sun Nov 22 11:49:54 2026'],
    ['dmesg --time-format=iso', `2026-11-22T11:49:54,123456+00:00 ${said}`, '2026-11-22T11:49:54,123456+00:00'],
    ['/dev/kmsg', `6,339,744100000,-;${said}`, '744.100000'],
    ['syslog', `Nov 22 11:49:54 elysium kernel: ${said}`, 'Nov 22 11:49:54'],
    [
      'syslog of a kernel that stamps its lines',
      `Nov  2 11:49:54 elysium kernel: [  744.100000] ${said}`,
      'Nov  2 11:49:54',
    ],
    ['journalctl whose host was cut out', `Nov 22 11:49:54   kernel: ${said}`, 'Nov 22 11:49:54'],
    ['journalctl -o short-iso', `2026-11-22T11:49:54+0000 elysium kernel: ${said}`, '2026-11-22T11:49:54+0000'],
    [
      'journalctl -o short-iso-precise',
      `2026-11-22T11:49:54.123456+00:00 pve-1.lan kernel: ${said}`,
      '2026-11-22T11:49:54.123456+00:00',
    ],
    ['journalctl -o short-precise', `Nov 22 11:49:54.123456 elysium kernel: ${said}`, 'Nov 22 11:49:54'],
    ['journalctl -o short-full', `Sun 2026-11-22 11:49:54 UTC elysium kernel: ${said}`, '2026-11-22 11:49:54'],
    ['journalctl -o short-monotonic', `[  744.100000] elysium kernel: ${said}`, '744.100000'],
    ['journalctl -o short-unix', `1795348194.123456 elysium kernel: ${said}`, '1795348194.123456'],
    [
      'journalctl -o json',
      JSON.stringify({ MESSAGE: said, _TRANSPORT: 'kernel', __REALTIME_TIMESTAMP: '1795348194123456', PRIORITY: '6' }),
      '2026-11-22T11:49:54.123Z',
    ],
    [
      'journalctl -o json whose message is no UTF-8',
      JSON.stringify({
        MESSAGE: [...Buffer.from(said)],
        _TRANSPORT: 'kernel',
        __REALTIME_TIMESTAMP: '1795348194123456',
      }),
      '2026-11-22T11:49:54.123Z',
    ],
  ])('of %s', (_, line, time) => {
    const log = splitLogPrefix(line);
    expect([log?.text, log?.program, log?.time?.text]).toEqual([said, 'kernel', time]);
  });
});

it.each([
  [
    'Nov 22 11:49:54 pve QEMU[4242]: kvm: vfio: Unable to power on device, stuck in D3',
    'QEMU',
    'kvm: vfio: Unable to power on device, stuck in D3',
  ],
  ['Nov 22 11:49:54 pve pvedaemon[99]: VM 100 already running', 'pvedaemon', 'VM 100 already running'],
  ['2026-11-22T11:49:54+0000 pve libvirtd[7]: internal error: x', 'libvirtd', 'internal error: x'],
  ['{"MESSAGE":"kvm: x","SYSLOG_IDENTIFIER":"QEMU"}', 'QEMU', 'kvm: x'],
])('of another program: %s', (line, program, text) => expect(splitLogPrefix(line)).toMatchObject({ program, text }));

it.each([
  '2b:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [10de:1c82] (rev a1)',
  '/sys/kernel/iommu_groups/15/devices/0000:03:00.0',
  'kvm: vfio: Unable to power on device, stuck in D3',
  'TASK OK',
  '[quote] text [/quote]',
  '{"no":"message"}',
  '{broken',
  '',
])('of no log: %s', (line) => expect(splitLogPrefix(line)).toBeUndefined());

it('reads any text without throwing', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void splitLogPrefix(text)));
  fc.assert(
    fc.property(fc.json(), (text) => void splitLogPrefix(`{"MESSAGE":${text},"__REALTIME_TIMESTAMP":${text}}`)),
  );
});
