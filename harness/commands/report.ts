import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ComebackError, exitCodes } from '../errors.ts';
import { comparisonOf } from '../report/comparison.ts';
import { summaryOf, summaryText } from '../report/summary.ts';
import { runFiles, writeReports } from '../report/write-reports.ts';
import { isBisect } from './bisect-journal.ts';
import { bisectExitCode, bisectText, type ReportedBisect, reportBisect } from './bisect-report.ts';
import { jsonOption, reportsOption } from './options.ts';
import { exitCodeOf } from './outcome-exit.ts';

/** No journal where one was asked for. */
export class NoSuchRunError extends ComebackError {
  override readonly code = 'REPORT_NO_SUCH_RUN';
  override readonly kind = 'usage';

  constructor(run: string, reports: string, known: readonly string[]) {
    const newest = known.slice(-5).join(', ');
    super(
      `There is no run "${run}": neither ${runFiles(run).journal} nor ${runFiles(join(reports, run)).journal} exists. ` +
        (newest === '' ? `${reports} holds no run.` : `The newest runs in ${reports}: ${newest}.`),
    );
  }
}

/** `comeback report RUN...`: judges runs again by their journals and writes their reports anew. It talks to no host. */
export function reportCommand(): CommandUnknownOpts {
  return new Command('report')
    .description(
      'judge runs again from their journals and write their reports anew, and compare where there are two; needs no host',
    )
    .argument('<run...>', 'directory of a run or a bisect, or its name in the reports directory')
    .addOption(reportsOption)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  comeback report 2026-11-22T07-28-09Z-elysium --json')
    .action(async (runs, options) => {
      // A mistyped name must be found before anything is written.
      const directories = await Promise.all(runs.map((run) => runDirectory(run, options.reports)));
      const judged = [];
      const bisects: ReportedBisect[] = [];
      for (const directory of directories) {
        if (isBisect(directory)) {
          const reported = await reportBisect(directory);
          bisects.push(reported);
          if (!options.json) process.stdout.write(`${bisectText(reported.summary, reported.files)}\n\n`);
          continue;
        }
        const { judgement, files } = await writeReports(directory);
        judged.push({
          judgement,
          summary: { ...summaryOf(judgement), reports: files },
          exitCode: exitCodeOf(judgement),
        });
        if (!options.json) {
          process.stdout.write(`${summaryText(judgement)}\n\nReports: ${files.junit}\nJournal: ${files.journal}\n\n`);
        }
      }
      const [one, other, ...more] = judged.map(({ judgement }) => judgement);
      const comparison = one === undefined || other === undefined || more.length > 0 ? [] : comparisonOf(one, other);
      if (options.json) {
        const [only, ...others] = [
          ...judged.map(({ summary }) => summary),
          ...bisects.map(({ summary, files }) => ({ ...summary, reports: files })),
        ];
        const compared = comparison.length === 0 ? {} : { comparison };
        process.stdout.write(
          `${JSON.stringify(others.length === 0 ? only : { runs: [only, ...others], ...compared })}\n`,
        );
      } else if (comparison.length > 0) {
        process.stdout.write(`Compared:\n${comparison.map(({ words }) => `  ${words}\n`).join('')}`);
      }
      process.exitCode = worstOf([
        ...judged.map(({ exitCode }) => exitCode),
        ...bisects.map(({ summary }) => bisectExitCode(summary)),
      ]);
    });
}

async function runDirectory(run: string, reports: string): Promise<string> {
  for (const directory of [run, join(reports, run)]) {
    const journal = await stat(runFiles(directory).journal).catch(() => undefined);
    if (journal?.isFile() === true) return directory;
  }
  const known = await readdir(reports).catch(() => []);
  throw new NoSuchRunError(run, reports, known.filter((name) => !name.startsWith('.')).sort());
}

/** The gravest first: a device that did not survive outweighs whatever befell another run. */
const gravity = [
  exitCodes.deviceDidNotSurvive,
  exitCodes.safety,
  exitCodes.infra,
  exitCodes.interrupted,
  exitCodes.parked,
] as const;

function worstOf(codes: readonly number[]): number {
  return gravity.find((code) => codes.includes(code)) ?? exitCodes.ok;
}
