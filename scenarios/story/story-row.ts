import { z } from 'zod';
import { functionWords } from '../../harness/report/words.ts';
import { shortAddress } from '../../harness/pci/address.ts';
import type { CellRequest } from '../../harness/journal/events.ts';
import type { ScenarioRun } from '../fixtures.ts';

/** Name of the attachment that carries a row. */
export const storyRow = 'story-row';

/** One run of the story: which cell it was asked for, and what became of each function. */
export const storyRowSchema = z.strictObject({
  letter: z.string(),
  title: z.string(),
  bios: z.string(),
  kernel: z.string(),
  commandLine: z.string(),
  outcome: z.string(),
  hostReboots: z.number(),
  functions: z.record(z.string(), z.string()),
});
export type StoryRow = z.output<typeof storyRowSchema>;

export function rowOf(
  letter: string,
  title: string,
  cell: CellRequest | undefined,
  { judgement }: ScenarioRun,
): StoryRow {
  const { outcome, identity, hostReboots, functions } = judgement;
  return {
    letter,
    title,
    bios: cell?.bios ?? identity?.bios ?? 'as it is',
    kernel: cell?.kernel ?? identity?.kernel ?? 'default',
    commandLine: cell?.commandLine ?? 'default',
    outcome,
    hostReboots,
    functions: Object.fromEntries(
      [...functions].map(([address, totals]) => [shortAddress(address), functionWords(totals)]),
    ),
  };
}
