import type { PciAddress } from '../pci/address.ts';
import type { CataloguedLine } from '../pci/kernel-catalogue/catalogue.ts';
import type { RecognisedLine } from '../pci/kernel-catalogue/recognise.ts';
import { type Evidence, evidenceOf, keptPlace, keptText, type RawLine, wallClockMs } from './evidence.ts';
import type { Machine } from './machine.ts';

/** All lines of one wording about one function in one boot: a storm is a number, not a list. */
export interface Told {
  readonly machine: Machine;
  /** Index in the boots of its machine. */
  readonly boot: number;
  readonly line: CataloguedLine;
  readonly device?: PciAddress;
  /** What the line names that is no function: a slot (`2b:00`), an IOMMU group, a task. */
  readonly about?: string;
  readonly fields: Readonly<Partial<Record<string, string>>>;
  readonly first: Evidence;
  last: Omit<Evidence, 'text'>;
  count: number;
}

/** More distinct findings than anybody reads; what comes on top is only counted. */
const mostKept = 5000;

/** Counts what the catalogue recognised, in the order of first sight. */
export class FaultTally {
  readonly #told = new Map<string, Told>();
  readonly #numbers = new Map<Machine, number>();
  /** Lines of findings that were one too many. */
  overflow = 0;

  add(machine: Machine, found: RecognisedLine, raw: RawLine): void {
    const boot = machine.boots.length - 1;
    const about = aboutOf(found);
    const number = this.#numbers.get(machine) ?? this.#numbers.size;
    this.#numbers.set(machine, number);
    const key = [number, boot, found.line.id, found.device, about, found.fields['after']].join(' ');
    const known = this.#told.get(key);
    if (known !== undefined) {
      known.count += 1;
      known.last = keptPlace(raw);
      return;
    }
    if (this.#told.size >= mostKept) {
      this.overflow += 1;
      return;
    }
    const first = evidenceOf(raw);
    const { line, device } = found;
    const fields = Object.fromEntries(
      Object.entries(found.fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, keptText(value)]])),
    );
    this.#told.set(keptText(key), {
      machine,
      boot,
      line,
      fields,
      first,
      last: first,
      count: 1,
      ...(device === undefined ? {} : { device }),
      ...(about === undefined ? {} : { about: keptText(about) }),
    });
  }

  /** What was told of one machine, in time order where the times can be compared, else as it was read. */
  of(machine: Machine): readonly Told[] {
    const told = [...this.#told.values()].filter((one) => one.machine === machine);
    const walls = told.map(({ first }) => (first.time?.kind === 'wall' ? wallClockMs(first.time.text) : Number.NaN));
    if (walls.every((ms) => !Number.isNaN(ms))) return byKey(told, walls);
    if (told.every(({ first }) => first.time?.kind === 'uptime')) {
      return byKey(
        told,
        told.map(({ boot, first }) => boot * 1e9 + Number(first.time?.text)),
      );
    }
    return told;
  }
}

function byKey(told: readonly Told[], keys: readonly number[]): Told[] {
  return told
    .map((one, index) => ({ one, key: keys[index] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ one }) => one);
}

/** What stands for the subject of a line that names no function by its full address. */
function aboutOf({ device, fields }: RecognisedLine): string | undefined {
  if (device !== undefined) return undefined;
  const { slot, group, task, vm } = fields;
  if (slot !== undefined) return slot;
  if (group !== undefined) return `IOMMU group ${group}`;
  if (task !== undefined) return `task ${task}`;
  return vm === undefined ? undefined : `VM ${vm}`;
}
