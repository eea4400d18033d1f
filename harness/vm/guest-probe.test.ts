import { describe, expect, it } from 'vitest';
import { guestFunctionsIn, uselessness } from './guest-probe.ts';

/** What the probe printed in the VM of the virtual lab (Linux 6.1), but for the codecs, which its board had not got then. */
const healthy = `0000:01:00.0 1234:1111 038000 bochs-drm 1 0x00000000fc000000 0 0
0000:01:00.1 8086:2668 040300 snd_hda_intel 1 0x00000000fe808000 0 1
0000:02:00.0 1b36:000d 0c0330 xhci_hcd 1 0x00000000fe600000 2 0
0000:03:00.0 8086:2668 040300 snd_hda_intel 1 0x00000000fe400000 0 1
0000:04:00.0 1b36:000d 0c0330 xhci_hcd 1 0x00000000fe200000 2 0
end
`;

function why(line: string): string | undefined {
  const [found] = guestFunctionsIn(`${line}\nend\n`) ?? [];
  if (found === undefined) throw new Error(`the probe prints no such line: ${line}`);
  return uselessness(found);
}

describe('what the guest lists', () => {
  it('is all usable', () => {
    const functions = guestFunctionsIn(healthy);
    expect(functions?.map(({ address }) => address)).toEqual(
      ['01:00.0', '01:00.1', '02:00.0', '03:00.0', '04:00.0'].map((address) => `0000:${address}`),
    );
    expect(functions?.map(uselessness)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  it.each([
    ['0000:02:00.0 1b36:000d 0c0330 - 0 0x00000000fd800000 0 0', 'no driver is bound to it'],
    ['0000:02:00.0 1b36:000d 0c0330 xhci_hcd 1 0x00000000fd800000 0 0', 'xhci_hcd shows no USB root hub'],
    ['0000:03:00.0 8086:2668 040300 snd_hda_intel 1 0x00000000fd600000 0 0', 'snd_hda_intel shows no audio codec'],
    ['0000:01:00.0 10de:1c82 030000 nouveau 1 0x0000000000000000 0 0', 'its BAR 0 has no address'],
    ['0000:01:00.0 10de:1c82 030000 nvidia 0 0x00000000fc000000 0 0', 'nvidia has not enabled it'],
    ['0000:05:00.0 144d:a808 010802 nvme 1 0x00000000fc000000 0 0', undefined],
  ])('%s: %s', (line, reason) => {
    expect(why(line)).toBe(reason);
  });

  it.each([
    ['nothing', ''],
    ['a list without its end', healthy.replace('end\n', '')],
    ['something else', 'sh: syntax error\nend\n'],
    ['a line cut short', '0000:01:00.0 1234:1111\nend\n'],
  ])('is not known from %s', (_, stdout) => {
    expect(guestFunctionsIn(stdout)).toBeUndefined();
  });
});
