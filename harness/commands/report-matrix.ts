import { extname } from 'node:path';
import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { ComebackError } from '../errors.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { type Matrix, matrixOf } from '../report/matrix.ts';
import { matrixCsv } from '../report/matrix-csv.ts';
import { matrixHtml } from '../report/matrix-html.ts';
import { matrixMarkdown } from '../report/matrix-markdown.ts';
import { judgeJournal, replaceFile, runFiles } from '../report/write-reports.ts';
import { NoSuchRunError } from './find-run.ts';
import { briefRun, inParts, type StoredRun } from './stored-runs.ts';

const forms: ReadonlyMap<string, (matrix: Matrix) => string> = new Map([
  ['.md', matrixMarkdown],
  ['.html', matrixHtml],
  ['.csv', matrixCsv],
]);

export const matrixOption = new Option(
  '--matrix',
  'instead of reports, print one grid of BIOS and kernel over all the runs, as Markdown: how often each function was lost',
).default(false);
export const matrixOutOption = new Option(
  '--matrix-out <file>',
  'write the matrix into this file, by its ending .md, .html or .csv; may be given more than once',
)
  .default([], 'none')
  .argParser((file: string, others: readonly string[]) => {
    if (forms.has(formOf(file))) return [...others, file];
    throw new InvalidArgumentError('It must end in .md, .html or .csv.');
  });

interface MatrixOptions {
  readonly matrix: boolean;
  readonly matrixOut: readonly string[];
  readonly json: boolean;
}

/** Makes the matrix of some runs. One whose journal cannot be read is left out, and that is said in it. */
export async function reportMatrix(runs: readonly StoredRun[], options: MatrixOptions): Promise<void> {
  const judgements: RunJudgement[] = [];
  const unreadable: { run: string; why: string }[] = [];
  for (const { run, directory } of runs) {
    try {
      judgements.push(await judgeJournal(runFiles(directory).journal));
    } catch (error) {
      if (!(error instanceof ComebackError)) throw error;
      unreadable.push({ run, why: error.message });
    }
  }
  const judged = matrixOf(judgements);
  const matrix = { ...judged, leftOut: [...judged.leftOut, ...unreadable] };
  for (const file of options.matrixOut) {
    await replaceFile(file, forms.get(formOf(file))?.(matrix) ?? '');
    process.stderr.write(`Matrix: ${file}\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(matrix)}\n`);
  else if (options.matrix) process.stdout.write(matrixMarkdown(matrix));
}

/** Those of the runs that are of a host; all where none is named. @throws NoSuchRunError where none is left. */
export async function runsOfHost(runs: readonly StoredRun[], host: string | undefined): Promise<readonly StoredRun[]> {
  if (host === undefined) return runs;
  const told = await inParts(runs, briefRun);
  const left = told.filter((run) => 'brief' in run && run.brief.host === host);
  if (left.length === 0) throw new NoSuchRunError(`None of these runs is of the host ${host}.`);
  return left;
}

function formOf(file: string): string {
  return extname(file).toLowerCase();
}
