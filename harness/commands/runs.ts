import { Command, type CommandUnknownOpts, Option } from '@commander-js/extra-typings';
import { comparisonOf } from '../report/comparison.ts';
import { comparisonText, differencesOf } from '../report/comparison-words.ts';
import { runListText, sizeWords } from '../report/run-list.ts';
import { summaryOf, summaryText } from '../report/summary.ts';
import { judgeJournal, runFiles } from '../report/write-reports.ts';
import { commandLineOf } from './command-line-of.ts';
import { findRun, reportsOf, runWords } from './find-run.ts';
import { jsonOption, positiveInteger, reportsOption } from './options.ts';
import { runListing, runListings } from './run-listings.ts';
import { ofHostOption } from './runs-options.ts';
import { runsPruneCommand } from './runs-prune.ts';
import { briefRun } from './stored-runs.ts';

/** `comeback runs`: what was run here. It talks to no host. */
export function runsCommand(): CommandUnknownOpts {
  const command = new Command('runs').description(
    'list, show, compare and delete the runs that are kept; needs no host',
  );
  command.addCommand(listCommand());
  command.addCommand(showCommand());
  command.addCommand(compareCommand());
  command.addCommand(runsPruneCommand());
  return command;
}

function listCommand(): CommandUnknownOpts {
  return new Command('list')
    .description('the runs, newest first: host, cell, cycles, outcome, what was lost, size on the disk')
    .addOption(reportsOption)
    .addOption(ofHostOption)
    .option('--failed', 'only runs in which a function did not come back')
    .addOption(new Option('--limit <number>', 'so many at most').argParser(positiveInteger))
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  comeback runs list --host elysium --failed --limit 10')
    .action(async ({ reports, host, failed, limit, json }) => {
      const runs = await runListings(reports, { host, failed, limit });
      if (json) process.stdout.write(`${JSON.stringify({ reports, runs })}\n`);
      else if (runs.length > 0) process.stdout.write(`${runListText(runs)}\n`);
      else process.stderr.write(`There is no such run in ${reports}.\n`);
    });
}

function showCommand(): CommandUnknownOpts {
  return new Command('show')
    .description('what one run came to, as its journal has it now; writes no file')
    .argument('<run>', runWords)
    .addOption(reportsOption)
    .addOption(jsonOption)
    .addHelpText('after', '\nExamples:\n  comeback runs show last\n  comeback runs show last-failed --json')
    .action(async (asked, { reports, json }) => {
      const run = await findRun(reports, asked);
      const judgement = await judgeJournal(runFiles(run.directory).journal);
      const listing = await runListing(await briefRun(run));
      if (json) {
        process.stdout.write(`${JSON.stringify({ ...listing, summary: summaryOf(judgement) })}\n`);
        return;
      }
      const resume = commandLineOf(['soak', '--resume', run.run], { reports: reportsOf(run) });
      process.stdout.write(
        [
          `Run ${run.run}`,
          ...(listing.outcome === 'under-way' ? ['It is under way.'] : []),
          ...(listing.isUnfinished && listing.plannedCycles !== 0 ? [`It can be gone on with: ${resume}`] : []),
          '',
          summaryText(judgement),
          '',
          `Directory: ${run.directory} (${sizeWords(listing.sizeBytes)})`,
          '',
        ].join('\n'),
      );
    });
}

function compareCommand(): CommandUnknownOpts {
  return new Command('compare')
    .description('whether a function fails more often in one of two runs, and what may be concluded from it')
    .argument('<a>', runWords)
    .argument('<b>', 'the same')
    .addOption(reportsOption)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  comeback runs compare 2026-11-27T22 last')
    .action(async (a, b, { reports, json }) => {
      const found = [await findRun(reports, a), await findRun(reports, b)] as const;
      const one = await judgeJournal(runFiles(found[0].directory).journal);
      const other = await judgeJournal(runFiles(found[1].directory).journal);
      if (!json) {
        process.stdout.write(`${comparisonText(one, other)}\n`);
        return;
      }
      const runs = [summaryOf(one), summaryOf(other)];
      const comparison = comparisonOf(one, other);
      process.stdout.write(`${JSON.stringify({ runs, differences: differencesOf(one, other), comparison })}\n`);
    });
}
