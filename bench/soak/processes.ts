import { readdirSync, readFileSync } from 'node:fs';

const nanosecondsPerSecond = 1e9;

/** CPU seconds, user and system, that a process and its living descendants have used (/proc/PID/schedstat, sum over threads). */
export function cpuSeconds(pid: number, withDescendants: boolean): number {
  const all = withDescendants ? [pid, ...descendants(pid)] : [pid];
  return all.reduce((sum, each) => sum + ownSeconds(each), 0);
}

/** Processes that this one started, and those started by them. */
export function descendants(pid: number): number[] {
  const children = tasks(pid).flatMap((task) => words(`/proc/${pid}/task/${task}/children`).map(Number));
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Resident memory in MiB (VmRSS in /proc/PID/status, proc(5)). */
export function residentMiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

function ownSeconds(pid: number): number {
  const nanoseconds = tasks(pid).map((task) => Number(words(`/proc/${pid}/task/${task}/schedstat`)[0] ?? 0));
  return nanoseconds.reduce((sum, each) => sum + each, 0) / nanosecondsPerSecond;
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function words(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
