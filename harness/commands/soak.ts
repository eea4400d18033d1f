import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { systemClock } from '../clock.ts';
import { runSoak } from '../cycle/soak.ts';
import { ComebackError, exitCodes } from '../errors.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import { JournalWriter } from '../journal/writer.ts';
import type { RunJudgement } from '../judge/run-judge.ts';
import { summaryOf, summaryText } from '../report/summary.ts';
import { writeReports } from '../report/write-reports.ts';
import { labTarget } from './lab-target.ts';
import { hostOption, inventoryOption, jsonOption, positiveInteger, reportsOption } from './options.ts';
import { exitCodeOf } from './outcome-exit.ts';
import { progressLines } from './progress.ts';
import { labOf, runName, soakPlan } from './soak-plan.ts';
import { stopOnSignals } from './stop-on-signals.ts';

/** `comeback soak`: cycles on one host, their journal and their reports. */
export function soakCommand(): CommandUnknownOpts {
  return new Command('soak')
    .description('start and stop the passthrough VM again and again, and tell what came back')
    .addOption(hostOption)
    .addOption(inventoryOption)
    .addOption(reportsOption)
    .option('--cycles <number>', 'how many cycles', positiveInteger, 5)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  comeback soak --host elysium --cycles 100 --json > result.json')
    .action(async (options) => {
      const host = hostByName(await loadInventory(options.inventory), options.host);
      const target = await labTarget(host);
      const run = runName(host.name, systemClock.nowMs());
      const directory = join(options.reports, run);
      await mkdir(directory, { recursive: true });
      const show = progressLines((line) => process.stderr.write(`${line}\n`));
      using signals = stopOnSignals((words) => process.stderr.write(`${words}\n`));

      const failure = await recordRun(directory, show, async (journal) =>
        runSoak(soakPlan(host, run, options.cycles), {
          ...labOf(host, target),
          journal,
          clock: systemClock,
          stop: signals.stop,
        }),
      );

      const { judgement, files } = await writeReports(directory);
      process.stderr.write(`\n${summaryText(judgement)}\n\nReports: ${files.junit}\nJournal: ${files.journal}\n`);
      if (options.json) {
        const error = failure === undefined ? {} : { error: { code: failure.code, message: failure.message } };
        process.stdout.write(`${JSON.stringify({ ...summaryOf(judgement), reports: files, ...error })}\n`);
      }
      if (failure !== undefined) process.stderr.write(`\ncomeback: ${failure.message}\n`);
      process.exitCode = signals.stop.aborted ? exitCodes.interrupted : exitCodeAfter(judgement, failure);
    });
}

/** What was judged outweighs what ended the run: a device that was lost stays lost though the lab failed later. */
function exitCodeAfter(judgement: RunJudgement, failure: ComebackError | undefined): number {
  const judged = Object.values(judgement.cycles).some((count) => count > 0);
  return failure === undefined || judged ? exitCodeOf(judgement) : failure.exitCode;
}

/** Runs something that writes a journal; an expected failure is handed back, for the reports come before the last word. */
async function recordRun(
  directory: string,
  show: Parameters<typeof JournalWriter.create>[2],
  run: (journal: JournalWriter) => Promise<void>,
): Promise<ComebackError | undefined> {
  await using journal = await JournalWriter.create(join(directory, 'journal.ndjson'), systemClock, show);
  try {
    await run(journal);
    return undefined;
  } catch (error) {
    if (error instanceof ComebackError) return error;
    throw error;
  }
}
