import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { domainPassthrough } from './domain-xml.ts';

/** As `virsh dumpxml --inactive` of libvirt 9.0.0 printed it. */
const printed = await readFile(new URL('fixtures/vm102.xml', import.meta.url), 'utf8');

const domain = (devices: string, more = ''): string =>
  `<domain type='kvm'><name>x</name><devices>${devices}</devices>${more}</domain>`;
const source = (address: string): string => `<source><address ${address}/></source>`;
const hostdev = (attributes: string, inside: string): string =>
  domain(`<hostdev mode='subsystem' ${attributes}>${inside}</hostdev>`);
const at = (bus: string, fn: string): string => source(`domain='0x0000' bus='${bus}' slot='0x00' function='${fn}'`);

describe('what a domain is handed over', () => {
  it('is every function of its hostdevs, by the address on the host and not the one in the guest', () => {
    expect(domainPassthrough(printed)).toEqual({
      passthrough: [
        { key: 'hostdev0', prefix: '0000:2b:00.0', managed: true },
        { key: 'hostdev1', prefix: '0000:2b:00.1', managed: true },
        { key: 'hostdev2', prefix: '0000:2c:00.3', managed: true },
        { key: 'hostdev3', prefix: '0000:2d:00.3', managed: true },
        { key: 'hostdev4', prefix: '0000:03:00.0', managed: true },
      ],
      unreadable: [],
    });
  });

  it.each([
    ['unmanaged', hostdev("type='pci' managed='no'", at('0x2b', '0x0')), ['0000:2b:00.0', false]],
    ['unmanaged, as without a word', hostdev("type='pci'", at('0x2b', '0x0')), ['0000:2b:00.0', false]],
    ['in decimal', hostdev("type='pci' managed='yes'", at('43', '3')), ['0000:2b:00.3', true]],
    [
      'without its domain',
      hostdev("type='pci' managed='yes'", source("bus='3' slot='0' function='0'")),
      ['0000:03:00.0', true],
    ],
    [
      'in another PCI domain',
      hostdev("type='pci' managed='yes'", source("domain='0x10000' bus='0xe1' slot='0x1f' function='0x7'")),
      ['10000:e1:1f.7', true],
    ],
    [
      'as a network interface',
      domain(
        `<interface type='hostdev' managed='yes'>${source("type='pci' bus='0x04' slot='0x10' function='0x1'")}</interface>`,
      ),
      ['0000:04:10.1', true],
    ],
  ])('%s', (_what, xml, [prefix, managed]) => {
    expect(domainPassthrough(xml)).toMatchObject({ passthrough: [{ prefix, managed }], unreadable: [] });
  });

  it('is nothing where USB devices, mediated devices and ordinary interfaces are', () => {
    const others = domain(
      "<hostdev type='usb'><source><vendor id='0x1234'/></source></hostdev><hostdev type='mdev' model='vfio-pci'><source><address uuid='c2177883'/></source></hostdev><interface type='network'><source network='default'/></interface>",
    );
    expect(domainPassthrough(others)).toEqual({ passthrough: [], unreadable: [] });
  });

  it.each([
    ['an address that is none', hostdev("type='pci'", at('bus', '0')), 'hostdev0'],
    ['an address out of range', hostdev("type='pci'", at('0x2b', '0x9')), 'hostdev0'],
    ['no address', hostdev("type='pci'", ''), 'hostdev0'],
    [
      'an argument of QEMU',
      domain(
        '',
        "<commandline xmlns='http://libvirt.org/schemas/domain/qemu/1.0'><arg value='-device'/><arg value='vfio-pci,host=01:00.0'/></commandline>",
      ),
      'qemu:commandline: vfio-pci,host=01:00.0',
    ],
  ])('cannot be told from %s', (_what, xml, unreadable) => {
    expect(domainPassthrough(xml)).toEqual({ passthrough: [], unreadable: [unreadable] });
  });

  it.each(['', 'error: failed to get domain', '<network/>', '<domain>', '<domain><devices></domain>'])(
    'is unknown where %j is printed',
    (text) => expect(domainPassthrough(text)).toBeUndefined(),
  );

  it('never throws, however the text is cut', () => {
    fc.assert(
      fc.property(fc.nat(printed.length), fc.nat(40), fc.string(), (from, length, into) => {
        domainPassthrough(printed.slice(0, from) + into + printed.slice(from + length));
      }),
    );
  });
});
