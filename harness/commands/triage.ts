import { createReadStream } from 'node:fs';
import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ComebackError } from '../errors.ts';
import { readLines } from '../triage/read-lines.ts';
import { triageResult } from '../triage/result.ts';
import { triageText } from '../triage/result-text.ts';
import { Survey } from '../triage/survey.ts';
import { jsonOption } from './options.ts';

/** A file that cannot be read, so nothing can be said of it. */
export class UnreadableTextError extends ComebackError {
  override readonly code = 'TRIAGE_UNREADABLE';
  override readonly kind = 'usage';

  constructor(file: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`${file} cannot be read: ${why}. Name a file of text, or "-" for what comes in on stdin.`, { cause });
  }
}

/** `comeback triage FILE...`: what logs and listings that somebody mailed come to. It talks to no host. */
export function triageCommand(): CommandUnknownOpts {
  return new Command('triage')
    .description('groups, resets, faults and their likely cause, from texts that somebody mailed; needs no host')
    .argument('<file...>', 'dmesg, journalctl, lspci, IOMMU groups, task logs, in any mix; "-" for stdin')
    .addOption(jsonOption)
    .addHelpText(
      'after',
      '\nExamples:\n  comeback triage dmesg.txt lspci.txt\n  journalctl -k -b | comeback triage - --json\n\nIt says most where it gets all of:\n  dmesg; lspci -nnvvv (by root); find /sys/kernel/iommu_groups -type l; the task log of the VM start',
    )
    .action(async (files, options) => {
      const survey = new Survey();
      for (const file of files) await readInto(survey, file);
      const result = triageResult(survey);
      process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : triageText(result));
    });
}

const chunkBytes = 256 * 1024;

async function readInto(survey: Survey, file: string): Promise<void> {
  survey.beginSource(file === '-' ? 'stdin' : file);
  const bytes = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: chunkBytes });
  try {
    await readLines(bytes, (line) => survey.takeLine(line));
  } catch (error) {
    // Whatever has no code of the system is a defect of ours.
    if (error instanceof Error && 'code' in error) throw new UnreadableTextError(file, error);
    throw error;
  }
}
