import type { VmStatus } from './manager.ts';

/**
 * `Key:   value` lines of `virsh dominfo` in the C locale (cmdDominfo in libvirt's tools/virsh-domain-monitor.c). A line that goes on
 * with the value of the one before, as of `Messages:`, begins with blanks and is left out.
 */
export function dominfoValues(output: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of output.split('\n')) {
    const match = /^(\S[^:]*):\s+(.*\S)\s*$/.exec(line);
    if (match?.[1] !== undefined) values.set(match[1], match[2] ?? '');
  }
  return values;
}

/** `shut off` has no process; all the others but `running` and `idle` are neither here nor there: `paused`, `in shutdown`, `crashed`, `pmsuspended`. */
export function domainState(word: string): VmStatus['state'] {
  if (word === 'shut off') return 'stopped';
  return word === 'running' || word === 'idle' ? 'running' : 'other';
}

/**
 * Lines that QEMU itself wrote to its log, `2026-11-22T14:00:26.163238Z qemu-system-x86_64: vfio: ...`: libvirt has it write the time.
 * Its command line and libvirt's own words are left out, and so is what is known already.
 */
export function qemuLines(log: string, known: string): string[] {
  return log
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z /.test(line) && !known.includes(line));
}
