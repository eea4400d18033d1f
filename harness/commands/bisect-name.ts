import { basename } from 'node:path';

/** What names of bisects begin with, and names of runs do not. */
export const bisectPrefix = 'bisect-';

/** Whether a directory is that of a bisect, by its name. */
export function isBisect(directory: string): boolean {
  return basename(directory).startsWith(bisectPrefix);
}
