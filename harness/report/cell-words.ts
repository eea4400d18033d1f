import type { Cell } from '../journal/events.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';

/** What ran: the proven cell, else what the host said of itself; undefined where it never said anything. */
export function cellOf({ cell, identity }: Pick<RunJudgement, 'cell' | 'identity'>): Cell | undefined {
  if (cell !== undefined) return cell;
  if (identity === undefined) return undefined;
  return { bios: identity.bios ?? 'unknown', kernel: identity.kernel, commandLine: identity.commandLine };
}
