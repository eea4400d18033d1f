import { describe, expect, it } from 'vitest';
import { triageOf } from './fixtures/triage-of.ts';

const upstream =
  '00:00.0 Host bridge [0600]: AMD Root Complex [1022:1450]\n00:01.0 PCI bridge [0604]: AMD GPP Bridge [1022:1453]\n\tBus: primary=00, secondary=2c, subordinate=2c, sec-latency=0\n';
const vfio = '\tKernel driver in use: vfio-pci\n';
const capabilities = (flr: '+' | '-', noSoftReset: '+' | '-'): string =>
  `\tCapabilities: [50] Power Management version 3\n\t\tStatus: D0 NoSoftRst${noSoftReset} PME-Enable-\n\tCapabilities: [64] Express (v2) Endpoint\n\t\t\tExtTag+ RBE+ FLReset${flr}\n`;

/** What is said of the function at 2c:00.0. */
function sightOf(listing: string) {
  const resets = triageOf(upstream + listing).machines[0]?.resets;
  return resets?.find(({ address }) => address === '0000:2c:00.0');
}

describe('a function', () => {
  it.each([
    ['with FLR', '2c:00.0 Ethernet controller [0200]: x [8086:1533]\n', capabilities('+', '+'), ['flr', 'bus']],
    [
      'with power-management reset',
      '2c:00.0 USB controller [0c03]: x [1022:145f]\n',
      capabilities('-', '-'),
      ['pm', 'bus'],
    ],
    ['with neither', '2c:00.0 Audio device [0403]: x [1022:1457]\n', capabilities('-', '+'), ['bus']],
    ['with FLR that is broken', '2c:00.0 USB controller [0c03]: x [1022:149c]\n', capabilities('+', '+'), ['bus']],
    [
      'that is a GPU of AMD',
      '2c:00.0 VGA compatible controller [0300]: x [1002:67df]\n',
      capabilities('-', '-'),
      ['bus'],
    ],
    [
      'with conventional FLR',
      '2c:00.0 Ethernet controller [0200]: x [8086:10d3]\n',
      '\tCapabilities: [e0] PCI Advanced Features\n\t\tAFCap: TP+ FLR+\n',
      ['af_flr', 'bus'],
    ],
  ])('%s', (_, head, details, methods) =>
    expect(sightOf(head + details + vfio)).toMatchObject({ methods, incomplete: false, bus: 'alone' }),
  );

  it('whose capabilities root alone may read is not called one without methods', () => {
    const sight = sightOf(`2c:00.0 Audio device [0403]: x [1022:1457]\n\tCapabilities: <access denied>\n${vfio}`);
    expect(sight).toMatchObject({ methods: ['bus'], incomplete: true });
    expect(sight?.words).toContain('lspci was not run by root');
  });
});

describe('a bus', () => {
  it('is not known where only some functions were listed', () => {
    const listing = `2c:00.0 Audio device [0403]: x [1022:1457]\n${capabilities('-', '+')}${vfio}`;
    expect(triageOf(listing).machines[0]?.resets).toMatchObject([{ methods: [], bus: 'unknown' }]);
  });

  const usb = `2c:00.0 USB controller [0c03]: x [1022:43d0]\n${capabilities('-', '+')}${vfio}`;

  it('with a function of the host on it is not reset', () =>
    expect(
      sightOf(`${usb}2c:00.1 SATA controller [0106]: y [1022:43c8]\n\tKernel driver in use: ahci\n`),
    ).toMatchObject({
      methods: [],
      bus: 'refused',
      words: 'no method of its own; bus reset refused: 2c:00.1 (ahci) on the same bus',
    }));

  it('with a function without any driver on it is not reset either', () =>
    expect(sightOf(`${usb}2c:00.1 Non-Essential Instrumentation [1300]: y [1022:145a]\n`)).toMatchObject({
      bus: 'refused',
    }));

  it('whose functions a VM has all is reset by QEMU', () =>
    expect(sightOf(`${usb}2c:00.1 Audio device [0403]: y [10de:0fb9]\n${vfio}`)).toMatchObject({
      bus: 'all-passed-through',
    }));

  it('that is a root bus cannot be reset', () => {
    const text = `${upstream}00:14.0 USB controller [0c03]: x [8086:a36d]\n${capabilities('-', '+')}${vfio}`;
    expect(triageOf(text).machines[0]?.resets).toMatchObject([{ bus: 'root-bus', methods: [] }]);
  });
});
