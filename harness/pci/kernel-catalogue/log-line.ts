import type { Symptom } from '../symptoms.ts';

/** The kernel trees whose wording was read, oldest first. */
export const kernelSeries = ['3.10', '4.15', '4.19', '5.4', '5.15', '6.1', '6.12', '6.18'] as const;

/** A tree whose wording was read. `3.10` stands for whatever is older than 4.15. */
export type KernelSeries = (typeof kernelSeries)[number];

/** What a line of a log tells about a function or the host. */
export type LogLineClass =
  | 'reset-failed'
  | 'device-gone'
  | 'bus-reset'
  | 'iommu-fault'
  | 'not-viable-group'
  | 'host-wedged'
  | 'config'
  | 'benign';

/** Names of syslog(3), the gravest first; programs that log no level are told by what they do about it. */
export type LogLevel = 'emerg' | 'alert' | 'crit' | 'err' | 'warn' | 'notice' | 'info' | 'debug';

/** One wording that a program can put into a log, with what it means. */
export interface LogLine {
  /** Stable name; nothing but this may be stored or compared. */
  readonly id: string;
  readonly program: 'kernel' | 'qemu' | 'proxmox' | 'libvirt';
  /**
   * Literal beginnings, each of three characters or more or of one alone: whoever looks a line up tries only what fits.
   * A beginning and the pattern stand for the text without time, program and device.
   */
  readonly begins: readonly [string, ...string[]];
  /**
   * Named groups are what can be taken out of the line. `source` is the function it accuses, `id` the same as a requester ID;
   * `slot` one or all functions of a slot, `group` an IOMMU group, `vm` a VM.
   */
  readonly pattern: RegExp;
  /** First and last version that print it: a {@link KernelSeries} of the kernel, else a release of the program. */
  readonly seen: readonly [first: string, last: string];
  /** The file that prints it, and the function where that helps. */
  readonly source: string;
  readonly level: LogLevel;
  readonly class: LogLineClass;
  /** What the harness charges the named function with, where the line alone is enough for that. */
  readonly accuses?: Extract<Symptom, 'iommu-fault' | 'aer-uncorrectable' | 'reset-failed'>;
  /** True where a healthy function can print it too. */
  readonly suspect?: true;
  /** Why it is expected on a shared bus or at a healthy start; such a line is a fault only where a baseline lacks it. */
  readonly expected?: string;
  /** One sentence in plain words. */
  readonly meaning: string;
  /** What to do about it; absent where nothing is to be done. */
  readonly action?: string;
}

/**
 * Lines of the catalogue, checked, with their names as literal types. It stands for `as const`, within which a mutation test changes nothing:
 * StrykerJS takes such an expression for a type.
 */
export function logLines<const Lines extends readonly LogLine[] | Readonly<Record<string, LogLine>>>(
  lines: Lines,
): Lines {
  return lines;
}

/** One function as a log names it, with or without its domain. */
export const functionPattern = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
