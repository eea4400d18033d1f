import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { ComebackError } from '../errors.ts';
import { type RunListing, sizeWords } from '../report/run-list.ts';
import { operatorQuestion } from './operator-question.ts';
import { jsonOption, positiveInteger, reportsOption } from './options.ts';
import { type PruneChoice, pruneChoice } from './prune-choice.ts';
import { deleteLeftovers, deleteRun, isPlainDirectory } from './prune-runs.ts';
import { runListings } from './run-listings.ts';
import { ofHostOption } from './runs-options.ts';
import { durationMs } from './stop-options.ts';
import { ownName } from './stored-runs.ts';

/** It was not said which runs are to go, or nobody is there to say yes. */
export class PruneUsageError extends ComebackError {
  override readonly code = 'PRUNE_USAGE';
  override readonly kind = 'usage';
}

export function runsPruneCommand(): CommandUnknownOpts {
  return new Command('prune')
    .description(
      'delete old runs, for good. Never one that is under way; one that can be gone on with only by --unfinished. Asks first',
    )
    .addOption(reportsOption)
    .addOption(ofHostOption)
    .addOption(new Option('--keep <number>', 'the newest so many stay').argParser(positiveInteger))
    .addOption(
      new Option('--older-than <time>', 'only runs that were written to before that: 30d, 12h').argParser(durationMs),
    )
    .option('--keep-failed', 'runs stay in which a function did not come back', false)
    .option('--unfinished', 'delete runs as well that are parked or could be gone on with', false)
    .option('--dry-run', 'only say what would be deleted', false)
    .option('--yes', 'do not ask', false)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      '\nExamples:\n  comeback runs prune --keep 50 --keep-failed --dry-run\n  comeback runs prune --older-than 30d --yes\n\n' +
        'With both --keep and --older-than, only runs go that both let go.',
    )
    .action(async (options) => {
      const { reports, host, keep, olderThan, keepFailed, unfinished, dryRun, yes, json } = options;
      if (keep === undefined && olderThan === undefined) {
        throw new PruneUsageError('Say which runs are to go: --keep NUMBER, --older-than TIME, or both.');
      }
      const listings = await runListings(reports, { host });
      const plain = await Promise.all(listings.map(({ directory }) => isPlainDirectory(directory)));
      const own = new Set(listings.filter(({ run }, index) => ownName.test(run) && plain[index] === true));
      const choice = pruneChoice(
        listings,
        { keep, olderThanMs: olderThan, keepFailed, unfinished },
        { nowMs: systemClock.nowMs(), isOwn: (listing) => own.has(listing) },
      );
      const say = json ? () => undefined : (line: string) => void process.stdout.write(`${line}\n`);
      for (const { listing, why } of choice.kept) say(`kept ${listing.run}: it ${why}`);
      const deleted = dryRun ? [] : await deleteAll(reports, choice, { yes, say });
      if (dryRun) for (const listing of choice.delete) say(`would delete ${lineOf(listing)}`);
      tell(choice, { deleted, dryRun, json, say });
    });
}

type Say = (line: string) => void;

async function deleteAll(
  reports: string,
  choice: PruneChoice,
  { yes, say }: { readonly yes: boolean; readonly say: Say },
): Promise<readonly RunListing[]> {
  if (choice.delete.length === 0) return [];
  if (!yes) {
    const ask = operatorQuestion();
    if (ask === undefined) {
      throw new PruneUsageError('Nobody is there to ask, so nothing was deleted: look with --dry-run, then add --yes.');
    }
    for (const listing of choice.delete) say(`to be deleted: ${lineOf(listing)}`);
    if (!(await ask(`Delete ${runCount(choice.delete)}, ${sizeWords(bytesOf(choice.delete))}, for good?`))) return [];
  }
  await deleteLeftovers(reports);
  const deleted: RunListing[] = [];
  for (const listing of choice.delete) {
    if (await deleteRun(listing)) {
      deleted.push(listing);
      say(`deleted ${lineOf(listing)}`);
    } else {
      say(`kept ${listing.run}: somebody took it up just now`);
    }
  }
  return deleted;
}

function tell(
  choice: PruneChoice,
  of: { readonly deleted: readonly RunListing[]; readonly dryRun: boolean; readonly json: boolean; readonly say: Say },
): void {
  const { deleted, dryRun, json, say } = of;
  const gone = dryRun ? choice.delete : deleted;
  say(`${runCount(gone)} ${dryRun ? 'would be deleted' : 'deleted'}, ${sizeWords(bytesOf(gone))} freed`);
  if (!json) return;
  const kept = choice.kept.map(({ listing, why }) => ({ run: listing.run, why: `it ${why}` }));
  process.stdout.write(
    `${JSON.stringify({ dryRun, deleted: gone.map(({ run, sizeBytes }) => ({ run, sizeBytes })), kept, freedBytes: bytesOf(gone) })}\n`,
  );
}

function lineOf({ run, sizeBytes }: RunListing): string {
  return `${run} (${sizeWords(sizeBytes)})`;
}

function runCount(listings: readonly RunListing[]): string {
  return listings.length === 1 ? '1 run' : `${listings.length} runs`;
}

function bytesOf(listings: readonly RunListing[]): number {
  return listings.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
