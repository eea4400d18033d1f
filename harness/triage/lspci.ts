import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import { functionPattern } from '../pci/kernel-catalogue/log-line.ts';
import { evidenceOf, keptText, type RawLine } from './evidence.ts';
import type { MachineFunction } from './machine.ts';

/** `2b:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP107 [10de:1c82] (rev a1)`, also of lspci and lspci -n. */
const entry = new RegExp(
  String.raw`^(${functionPattern}) (?:([A-Z][^:\[]*?)(?: \[([0-9a-f]{4})\])?|([0-9a-f]{4})): (.+)$`,
);
const vendorDevice = /\[([0-9a-f]{4}:[0-9a-f]{4})\](?!.*\[[0-9a-f]{4}:[0-9a-f]{4}\])/;
/** Whatever holds none of these says nothing of the function that is told of. */
const anyDetail =
  /FLReset|NoSoftRst|AFCap|Kernel driver|IOMMU group|Capabilities|Unknown header|secondary=|LnkSta:|access denied|\[[0-9a-f]{4}:[0-9a-f]{4}\]/;

/** The head of a function in the output of lspci. */
export interface LspciEntry {
  readonly address: PciAddress;
  readonly id?: string;
  readonly classCode?: string;
  readonly name: string;
  /** True where the revision or the interface reads as all ones. */
  readonly dead: boolean;
}

/** @returns undefined where the line is no head of a function. */
export function lspciEntry(line: string): LspciEntry | undefined {
  const match = entry.exec(line);
  if (match === null) return undefined;
  const [, bdf = '', className = '', classCode, bareClass, rest = ''] = match;
  const address = parsePciAddress(bdf);
  if (address === undefined) return undefined;
  const id = bareClass === undefined ? vendorDevice.exec(rest)?.[1] : /^([0-9a-f]{4}:[0-9a-f]{4})\b/.exec(rest)?.[1];
  const code = classCode ?? bareClass;
  return {
    address,
    name: keptText([className, withoutMarks(rest)].filter((part) => part !== '').join(': ')),
    dead: /\(rev ff\)|\(prog-if ff\)/.test(rest),
    ...(id === undefined ? {} : { id: keptText(id) }),
    ...(code === undefined ? {} : { classCode: keptText(code) }),
  };
}

function withoutMarks(text: string): string {
  return text.replaceAll(/ \[[0-9a-f]{4}:[0-9a-f]{4}\]| \((?:rev|prog-if) [^)]*\)/g, '').trim();
}

/**
 * Takes what a line below the head says into the function.
 *
 * @returns undefined where the line says nothing of it. Indentation is not looked at: forums lose it.
 */
export function readLspciDetail(one: MachineFunction, raw: RawLine): Detail | undefined {
  const line = raw.text;
  if (!anyDetail.test(line)) return undefined;
  const flReset = /\bFLReset([+-])/.exec(line)?.[1];
  if (flReset !== undefined) one.flReset = flReset === '+';
  const noSoftReset = /\bNoSoftRst([+-])/.exec(line)?.[1];
  if (noSoftReset !== undefined) one.noSoftReset = noSoftReset === '+';
  const advanced = /\bAFCap:.*\bFLR([+-])/.exec(line)?.[1];
  if (advanced !== undefined) one.afReset = advanced === '+';
  if (/Capabilities: <access denied>/.test(line)) one.capabilitiesDenied = true;
  else if (/^\s*Capabilities: \[/.test(line)) one.capabilitiesRead = true;
  const driver = /Kernel driver in use: (\S+)/.exec(line)?.[1];
  if (driver !== undefined) one.driver = keptText(driver);
  if (driver === 'vfio-pci') one.passedThrough ??= evidenceOf(raw);
  if (/!!! Unknown header type 7f/.test(line)) one.dead ??= evidenceOf(raw);
  const buses = /\bsecondary=([0-9a-f]{2}), subordinate=([0-9a-f]{2})/.exec(line);
  if (buses !== null) {
    const read = { secondary: Number.parseInt(buses[1] ?? '', 16), subordinate: Number.parseInt(buses[2] ?? '', 16) };
    one.bridgeNow = read;
    if (read.secondary !== 0) one.bridge = read;
  }
  const link = /\bLnkSta:\s*(Speed [^,]+, Width x\d+(?: \([a-z]+\))?)/.exec(line)?.[1];
  if (link !== undefined) one.link = keptText(link);
  // The head was wrapped: its end stands on a line of its own.
  const id = vendorDevice.exec(line)?.[1];
  if (id !== undefined && one.id === undefined && !/Subsystem/.test(line)) one.id = keptText(id);
  const group = /\bIOMMU group:? (\d{1,5})\b/.exec(line)?.[1];
  return group === undefined ? {} : { group: Number(group) };
}

/** What a line says that does not belong to the function alone. */
export interface Detail {
  readonly group?: number;
}
