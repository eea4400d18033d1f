import { parsePciAddress, type PciAddress } from '../pci/address.ts';

/** A kernel function that our probes saw called, or saw return. */
export interface TracedCall {
  readonly symbol: string;
  readonly moment: 'entry' | 'return';
  readonly pid: number;
  /** The host's CLOCK_MONOTONIC, which our instance uses. */
  readonly monoSeconds: number;
  /** `comm` of the process, at most 15 characters; a return does not tell it. */
  readonly task: string | undefined;
  /** The function that is its argument; undefined at a return, or where the argument is none. */
  readonly device: PciAddress | undefined;
  /** It was only asked whether it could. */
  readonly asked: boolean;
  /** Undefined at an entry, and where the function returns nothing. */
  readonly returned: number | undefined;
}

/**
 * Task and PID, thread group (option `record-tgid`), processor, four flags or five (since Linux 5.18), time, event and place
 * (kernel/trace/trace_output.c, trace_print_context). A task's name may hold anything, blanks and hyphens too.
 */
const shape = /^.*?-(\d+)\s+(?:\([\d\s-]+\)\s+)?\[\d+\]\s+\S+\s+(\d+\.\d+): (\w+): \(([^)]*)\)(.*)$/s;

/** Reads a line of our trace_pipe; undefined for any other line. */
export function parseTraceLine(line: string): TracedCall | undefined {
  const [, pid, seconds, event, place = '', said = ''] = shape.exec(line) ?? [];
  if (event === undefined) return undefined;
  // A kretprobe says where the function returns to (kernel/trace/trace_kprobe.c, print_kretprobe_event).
  const isReturn = place.includes(' <- ');
  const returned = /^ ret=(-?\d+)/.exec(said)?.[1];
  if (isReturn !== event.endsWith('_ret')) return undefined;
  return {
    symbol: isReturn ? event.slice(0, -'_ret'.length) : event,
    moment: isReturn ? 'return' : 'entry',
    pid: Number(pid),
    monoSeconds: Number(seconds),
    task: / by="(.*)"$/s.exec(said)?.[1],
    device: parsePciAddress(/ dev="([^"]*)"/.exec(said)?.[1] ?? ''),
    asked: Number(/ asked=(\w+)/.exec(said)?.[1] ?? 0) !== 0,
    returned: returned === undefined ? undefined : Number(returned),
  };
}
