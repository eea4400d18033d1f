import { parsePciAddress, type PciAddress } from '../address.ts';
import { type CataloguedLine, logCatalogue } from './catalogue.ts';
import { functionPattern } from './log-line.ts';

/** A line of a log that the catalogue knows. */
export interface RecognisedLine {
  readonly line: CataloguedLine;
  /** The function that the line accuses or tells of: the source of a transaction or an error, not the port that reported it. */
  readonly device?: PciAddress;
  /** Every function that the line names, the accused first. */
  readonly functions: readonly PciAddress[];
  /** The driver that printed the line, `pci` where the function had none. */
  readonly driver?: string;
  /** What the named groups of the pattern took out of the line. */
  readonly fields: Readonly<Partial<Record<string, string>>>;
}

/** A text without its `driver 0000:2b:00.0: `, as dev_printk() puts it before (drivers/base/core.c). */
export interface DeviceText {
  readonly body: string;
  readonly driver?: string;
  /** The address as it stands there. */
  readonly by?: string;
}

/** Port services of 4.x are named `0000:00:1c.0:pcie004`. */
const devicePrefix = new RegExp(String.raw`^(\S+) (${functionPattern})(?::pcie[0-9a-f]+)?: |^iommu ivhd\d+: `);

/** Takes off what tells which device speaks. */
export function splitDevice(text: string): DeviceText {
  const match = devicePrefix.exec(text);
  if (match === null) return { body: text };
  const [whole, driver, by] = match;
  const body = text.slice(whole.length);
  return by === undefined || driver === undefined ? { body } : { body, driver, by };
}

/** Candidates by the first three characters of what they begin with; those of one character alone by that. */
const byBeginning = new Map<string, CataloguedLine[]>();
for (const line of logCatalogue) {
  for (const key of new Set(line.begins.map((beginning) => beginning.slice(0, 3)))) {
    const known = byBeginning.get(key);
    if (known === undefined) byBeginning.set(key, [line]);
    else known.push(line);
  }
}

/** What QEMU, Proxmox and libvirt put before the text that says what happened. */
const speaker =
  /^(?:.*?\b(?:kvm|qemu-kvm|qemu-system-[\w-]+): (?:-device \S+: )?|TASK ERROR: |start failed: |[Ee]rror: |.*?\binternal error: |.*?\bRequested operation is not valid: |.*?\bunsupported configuration: |.*?\bUPID:(?:[^:\s]*:){7}\s+)/;
/** Whatever holds none of these has no speaker: nearly every line, and this finds out fast. */
const anySpeaker = /kvm: |qemu-|TASK E|start f|rror: |is not valid: |configuration: |UPID:/;

/**
 * What the catalogue knows of a line of a log: of the kernel, without its time, or of QEMU, Proxmox and libvirt.
 *
 * @returns undefined for a line that says nothing of passthrough.
 */
export function recogniseLogLine(text: string): RecognisedLine | undefined {
  let found = recogniseKernelText(text);
  if (!anySpeaker.test(text)) return found;
  // The deepest text says most: "TASK ERROR: start failed: QEMU exited with code 1".
  let rest = text;
  for (let depth = 0; depth < 5; depth += 1) {
    const before = speaker.exec(rest)?.[0];
    if (before === undefined) break;
    rest = rest.slice(before.length);
    found = recogniseKernelText(rest) ?? found;
  }
  return found;
}

/** The same for text that is known to be the kernel's: nothing stands before it but the device that speaks. */
export function recogniseKernelText(text: string): RecognisedLine | undefined {
  const split = splitDevice(text);
  const { body } = split;
  return matchOf(byBeginning.get(body.slice(0, 3)), split) ?? matchOf(byBeginning.get(body.slice(0, 1)), split);
}

function matchOf(
  candidates: readonly CataloguedLine[] | undefined,
  { body, driver, by: address }: DeviceText,
): RecognisedLine | undefined {
  for (const line of candidates ?? []) {
    const match = line.pattern.exec(body);
    if (match === null) continue;
    const fields = match.groups ?? {};
    const by = address === undefined ? undefined : parsePciAddress(address);
    const source = sourceOf(fields, by);
    const functions = [...new Set([source, by].filter((address) => address !== undefined))];
    const [device] = functions;
    return {
      line,
      functions,
      fields,
      ...(device === undefined ? {} : { device }),
      ...(driver === undefined ? {} : { driver }),
    };
  }
  return undefined;
}

function sourceOf(fields: Partial<Record<string, string>>, by: PciAddress | undefined): PciAddress | undefined {
  const { source, id, slot } = fields;
  // Proxmox quotes a slot or a function, as its configuration has it.
  const text = source ?? (id === undefined ? slot : addressOfRequester(id, by));
  return text === undefined ? undefined : parsePciAddress(text);
}

/** A requester ID is bus, device and function in 16 bits; it belongs to the domain of the port that received it. */
function addressOfRequester(id: string, by: PciAddress | undefined): string {
  const number = Number.parseInt(id, 16);
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  const domain = by?.slice(0, by.indexOf(':')) ?? '0000';
  return `${domain}:${hex(number >> 8)}:${hex((number >> 3) & 0x1f)}.${String(number & 7)}`;
}
