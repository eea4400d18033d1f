import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { exitCodes } from '../errors.ts';
import { comparisonOf } from '../report/comparison.ts';
import { comparisonText } from '../report/comparison-words.ts';
import { summaryOf, summaryText } from '../report/summary.ts';
import { writeReports } from '../report/write-reports.ts';
import { bisectExitCode, bisectText, reportBisect } from './bisect-report.ts';
import { bisectDirectory } from './bisect-journal.ts';
import { isBisect } from './bisect-name.ts';
import { findRuns, runWords } from './find-run.ts';
import { writeJobSummary } from './job-summary.ts';
import { jsonOption, junitProfileOption, reportsOption, summaryOption } from './options.ts';
import { matrixOption, matrixOutOption, reportMatrix, runsOfHost } from './report-matrix.ts';
import { ofHostOption } from './runs-options.ts';
import { exitCodeOf } from './outcome-exit.ts';

/** `comeback report RUN...`: judges runs again by their journals and writes their reports anew. It talks to no host. */
export function reportCommand(): CommandUnknownOpts {
  return new Command('report')
    .description(
      'judge runs again from their journals and write their reports anew, and compare where there are two; needs no host',
    )
    .argument(
      '<run...>',
      `${runWords}; a date stands for all runs of that day, "all" for every run; or the name of a bisect`,
    )
    .addOption(reportsOption)
    .addOption(ofHostOption)
    .addOption(matrixOption)
    .addOption(matrixOutOption)
    .addOption(junitProfileOption)
    .addOption(summaryOption)
    .addOption(jsonOption)
    .addHelpText(
      'after',
      '\nExamples:\n  comeback report 2026-11-22T07-28-09Z-elysium --json\n' +
        '  comeback report last --junit-profile strict --summary night.md\n' +
        '  comeback report all --host elysium --matrix\n' +
        '  comeback report 2026-11-27 2026-11-28 --matrix-out matrix.md --matrix-out matrix.html',
    )
    .action(async (runs, options) => {
      // A mistyped name must be found before anything is written.
      const asked = runs.filter((run) => !isBisect(run));
      const found = await runsOfHost(await findRuns(options.reports, asked), options.host);
      if (options.matrix || options.matrixOut.length > 0) {
        await reportMatrix(found, options);
        return;
      }
      const judged = [];
      const bisects = await Promise.all(
        runs.filter(isBisect).map(async (bisect) => reportBisect(await bisectDirectory(options.reports, bisect))),
      );
      if (!options.json)
        for (const { summary, files } of bisects) process.stdout.write(`${bisectText(summary, files)}\n\n`);
      for (const { directory } of found) {
        const { judgement, files } = await writeReports(directory, options.junitProfile);
        judged.push({
          judgement,
          summary: { ...summaryOf(judgement), reports: files },
          exitCode: exitCodeOf(judgement),
        });
        if (!options.json) {
          process.stdout.write(
            `${summaryText(judgement)}\n\nReport: ${files.html}\nJUnit: ${files.junit}\nJournal: ${files.journal}\n\n`,
          );
        }
      }
      await writeJobSummary(
        judged.map(({ judgement }) => judgement),
        options.summary,
      );
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
      } else if (one !== undefined && other !== undefined && more.length === 0) {
        process.stdout.write(`${comparisonText(one, other)}\n`);
      }
      process.exitCode = worstOf([
        ...judged.map(({ exitCode }) => exitCode),
        ...bisects.map(({ summary }) => bisectExitCode(summary)),
      ]);
    });
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
