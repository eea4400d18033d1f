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

/**
 * A shell line that makes a process write down who it is, into the file `$1`, before it becomes another program by `exec`: that
 * changes neither its number nor its start time. Nobody can kill the writer in time to leave a process behind that is not in it.
 */
export const writeIdentityScript = 'cat /proc/sys/kernel/random/boot_id "/proc/$$/stat" > "$1.new" && mv "$1.new" "$1"';

/** The process that wrote itself down by {@link writeIdentityScript}, whether or not it still runs. */
export async function writtenIdentity(path: string): Promise<ProcessIdentity | undefined> {
  const [bootId = '', stat = ''] = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const pid = Number.parseInt(stat, 10);
  return Number.isNaN(pid) ? undefined : { pid, startTicks: startTicks(stat), bootId };
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
