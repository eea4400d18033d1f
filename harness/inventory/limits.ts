import { z } from 'zod';

const count = (most: number, words: string) => z.int().min(1).max(100_000).default(most).describe(words);

/** What one host is put through by a run before it is left in peace. Cuts of its power have a limit by the hour of their own, in `power`. */
export const limits = z
  .strictObject({
    rebootsPerHour: count(12, 'Most reboots that runs order in any window of one hour.'),
    rebootsPerRun: count(100, 'Most reboots that one run orders.'),
    unaskedRebootsPerHour: count(
      3,
      'A run ends once the host has rebooted by itself more often than this within an hour.',
    ),
    unaskedRebootsPerRun: count(10, 'A run ends once the host has rebooted by itself more often than this in it.'),
    powerCyclesPerRun: count(20, 'Most cuts of the power by one run.'),
  })
  .describe('When a run leaves the host in peace; counted from the journals of all its runs.');

export type LimitsConfig = z.output<typeof limits>;
