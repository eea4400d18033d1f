import { appendFile, stat, writeFile } from 'node:fs/promises';
import { ComebackError } from '../errors.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';
import { headline, markdownSummary } from '../report/markdown-summary.ts';

/** A summary was asked for and could not be written. The journal is whole, so nothing is lost. */
export class SummaryWriteError extends ComebackError {
  override readonly code = 'SUMMARY_WRITE_FAILED';
  override readonly kind = 'infra';

  constructor(path: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`Cannot write ${path}: ${why}. Mend that, then \`comeback report RUN --summary FILE\` makes it anew.`, {
      cause,
    });
  }
}

/** What GitHub takes of one step; it shows nothing at all of a longer one (GitHub docs, "Workflow commands", step isolation and limits). */
const stepSummaryBytes = 1024 * 1024;

/**
 * Writes runs as Markdown into the file that was asked for, in place of what is there, and behind what other commands of the step said
 * into the one that GitHub Actions names in `GITHUB_STEP_SUMMARY`.
 *
 * @throws SummaryWriteError for the file that was asked for; what CI does with its own is no reason to fail a run.
 */
export async function writeJobSummary(runs: readonly RunJudgement[], file: string | undefined): Promise<void> {
  if (runs.length === 0) return;
  const whole = runs.map(markdownSummary).join('\n');
  if (file !== undefined) {
    await writeFile(file, whole).catch((error: unknown) => {
      throw new SummaryWriteError(file, error);
    });
  }
  const step = process.env['GITHUB_STEP_SUMMARY'];
  if (step === undefined || step === '') return;
  try {
    const short = runs.map((run) => `- ${headline(run)}\n`).join('');
    const taken = (await stat(step).catch(() => undefined))?.size ?? 0;
    const fitting = [whole, short].find((text) => taken + Buffer.byteLength(text) + 1 <= stepSummaryBytes);
    if (fitting !== undefined) await appendFile(step, `${fitting}\n`);
  } catch (error) {
    process.stderr.write(
      `The job summary ${step} cannot be written: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  }
}
