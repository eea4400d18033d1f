import { readFile } from 'node:fs/promises';

/** A process of this machine, told apart from any other that ever had its number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since boot: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTicks: number;
  /** The boot that the ticks count from. */
  readonly bootId: string;
}

/** @returns undefined where there is no such process. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined || processState(stat) === 'Z') return undefined;
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return { pid, startTicks: startTicks(stat), bootId };
}

/** True as long as this very process runs. */
export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(process.pid);
  return now !== undefined && now.startTicks === process.startTicks && now.bootId === process.bootId;
}

/** The command's name, field 2, may hold blanks and parentheses, so fields are counted from its last parenthesis on. */
function fieldsAfterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function processState(stat: string): string {
  return fieldsAfterName(stat)[0] ?? '';
}

/** Start time of a process, read out of the text of its `/proc/PID/stat`. */
export function startTicks(stat: string): number {
  return Number(fieldsAfterName(stat)[19]);
}
