import { DOMParser, type Element, onErrorStopParsing } from '@xmldom/xmldom';
import { parsePciAddress } from '../pci/address.ts';
import type { PassthroughLine } from './manager.ts';

/** What the XML of a domain hands over. */
export interface DomainPassthrough {
  readonly passthrough: readonly PassthroughLine[];
  /** What hands something over in a way that cannot be told from here. */
  readonly unreadable: readonly string[];
}

/** What else of a domain decides whether passthrough goes well. */
export interface DomainSettings {
  /** Such as `pc-q35-7.2`; null where none is named. */
  readonly machine: string | null;
  readonly memoryKib: number | null;
  /** What the balloon leaves of it. */
  readonly currentMemoryKib: number | null;
}

/** @returns undefined where the text is no XML of a domain. */
export function domainSettings(xml: string): DomainSettings | undefined {
  const domain = rootOf(xml);
  if (domain?.localName !== 'domain') return undefined;
  const [type] = children(domain, 'os').flatMap((element) => children(element, 'type'));
  // dumpxml prints KiB whatever was written (virDomainDefFormatInternalSetRootName in src/conf/domain_conf.c).
  const kib = (name: string): number | null => {
    const [element] = children(domain, name);
    return element?.getAttribute('unit') === 'KiB' ? Number(element.textContent) : null;
  };
  return {
    machine: type?.getAttribute('machine') ?? null,
    memoryKib: kib('memory'),
    currentMemoryKib: kib('currentMemory'),
  };
}

/**
 * Reads the PCI functions that a domain is given, out of `virsh dumpxml`: `<hostdev type='pci'>`, `<interface type='hostdev'>`,
 * and arguments of QEMU that go past libvirt (libvirt's formatdomain page).
 * Other kinds of `<hostdev>` (`usb`, `scsi`, `mdev`) own no function of the host.
 *
 * @returns undefined where the text is no XML of a domain.
 */
export function domainPassthrough(xml: string): DomainPassthrough | undefined {
  const domain = rootOf(xml);
  if (domain?.localName !== 'domain') return undefined;
  const devices = children(domain, 'devices').flatMap((element) => children(element));
  const passthrough: PassthroughLine[] = [];
  const unreadable: string[] = [];
  const handsOver = (element: Element, key: string): void => {
    const [address] = children(element, 'source').flatMap((source) => children(source, 'address'));
    const prefix = address === undefined ? undefined : pciAddressOf(address);
    if (prefix === undefined) unreadable.push(key);
    // libvirt's default is "no" (virDomainHostdevDef in src/conf/domain_conf.c).
    else passthrough.push({ key, prefix, managed: element.getAttribute('managed') === 'yes' });
  };
  // Numbered as libvirt numbers the aliases of a running domain: hostdev0 is the first.
  devices
    .filter((element) => element.localName === 'hostdev')
    .forEach((element, index) => {
      if (element.getAttribute('type') === 'pci') handsOver(element, `hostdev${index}`);
    });
  for (const element of devices) {
    if (element.localName === 'interface' && element.getAttribute('type') === 'hostdev') {
      handsOver(element, "interface type='hostdev'");
    }
  }
  for (const argument of children(domain, 'commandline').flatMap((element) => children(element, 'arg'))) {
    const value = argument.getAttribute('value') ?? '';
    if (value.includes('vfio-pci')) unreadable.push(`qemu:commandline: ${value}`);
  }
  return { passthrough, unreadable };
}

function rootOf(xml: string): Element | undefined {
  try {
    return new DOMParser({ onError: onErrorStopParsing }).parseFromString(xml, 'text/xml').documentElement ?? undefined;
  } catch {
    return undefined;
  }
}

/** Elements right below this one, by name where one is given. The prefix of their namespace does not matter. */
function children(element: Element, name?: string): Element[] {
  const found: Element[] = [];
  for (let child = element.firstChild; child !== null; child = child.nextSibling) {
    if (isElement(child) && (name === undefined || child.localName === name)) found.push(child);
  }
  return found;
}

function isElement(node: { readonly nodeType: number }): node is Element {
  const elementNode = 1;
  return node.nodeType === elementNode;
}

/** `<address domain='0x0000' bus='0x2b' slot='0x00' function='0x0'/>`; numbers may be decimal too (virStrToLong_uip with base 0). */
function pciAddressOf(element: Element): string | undefined {
  const number = (name: string, fallback?: string): number => Number(element.getAttribute(name) ?? fallback ?? NaN);
  const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const [domain, bus, slot, fn] = [number('domain', '0'), number('bus'), number('slot'), number('function', '0')];
  if (![domain, bus, slot, fn].every(Number.isSafeInteger)) return undefined;
  return parsePciAddress(`${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${hex(fn, 1)}`);
}
