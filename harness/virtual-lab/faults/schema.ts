import { z } from 'zod';
import { pciAddress, text } from '../../inventory/fields.ts';
import { faultKindNames, faultMoments } from './kinds.ts';

const glob = text()
  // The compiled form separates with tabs and newlines.
  .regex(/^[^\p{Cc}]+$/u, 'must be printable text')
  .max(80, 'is longer than any name that it could match')
  .regex(/^!?[^!]/, 'must be a pattern, or "!" and a pattern');

function globs(meaning: string) {
  return z
    .array(glob)
    .min(1, 'must hold at least one pattern: leave it out where everything matches')
    .max(16)
    .describe(`${meaning} * ? [a-z] match as in a shell; "!" in front means: not this one.`);
}

export const faultScope = z
  .strictObject({
    bios: globs('BIOS versions of the host.').optional(),
    kernels: globs('Kernel releases as "uname -r" prints them.').optional(),
    commandLine: globs('Words of the kernel command line; one word must match.').optional(),
    boots: z
      .array(z.int().min(1).max(65_535))
      .min(1)
      .max(16)
      .optional()
      .describe('Numbers of boots, counted from 1 since "lab up".'),
  })
  .refine(
    (lists) => Object.keys(lists).length > 0,
    'must hold at least one list: leave it out where everything matches',
  )
  .describe('Where the rule holds: every list that is named must match.');

/** 32 bits are what the kernel module draws. */
export const faultSeed = z.int().min(0).max(0xffff_ffff).default(1).describe('Where the draws of all rules start.');

/** When a rule holds, and how often; of every list of rules alike. */
export const ruleConditions = {
  after: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe('Not before the VM has ended this many times since the boot.'),
  probability: z
    .number()
    .gt(0, 'must be above 0: a fault that never happens needs no rule')
    .max(1)
    .default(1)
    .describe('How probable it is each time, drawn from the seed.'),
  times: z.int().min(1).max(1_000_000).optional().describe('At most so often in one boot.'),
  only: faultScope.optional(),
};

const rule = z.strictObject({
  what: z.enum(faultKindNames).describe('What happens.'),
  when: z.enum(faultMoments).describe('The moment at which it happens.'),
  where: pciAddress.optional().describe('A function of the board, or the port above functions.'),
  ...ruleConditions,
  seconds: z.int().min(1).max(86_400).optional().describe('How long a hang-on-reset lasts; for ever unless given.'),
  kernelWaits: z
    .boolean()
    .optional()
    .describe(
      'Whether the kernel waits, a minute each time, for functions that bridge-config-lost took away in a bus reset.',
    ),
  thenReboots: z
    .boolean()
    .optional()
    .describe('Whether a kernel-panic reboots the host; otherwise it hangs until its power is cut.'),
});

/** The rules of a file, in their order. */
export const faultList = z.array(rule).max(32).describe('The rules.');

/** The shape of a fault rule file; whether a rule makes sense on this board is in sense.ts. */
export const faultFileSchema = z
  .strictObject({
    seed: faultSeed,
    faults: faultList.min(1, 'names no fault: describe at least one'),
  })
  .meta({ title: 'Fault rules of the virtual lab of comeback' });

export type FaultFile = z.output<typeof faultFileSchema>;
export type FaultRule = FaultFile['faults'][number];
