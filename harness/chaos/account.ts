import { countsOf } from '../judge/judge-counts.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';

/**
 * All that a judge has counted, as text. The controller that ended a run counted from the checkpoints and the lines of those who died before it; who reads
 * the whole journal must come to the same.
 */
export function accountOf(judgement: RunJudgement): string {
  const { hostReboots, bootId, outcome } = judgement;
  return JSON.stringify({ outcome, hostReboots, bootId, ...countsOf(judgement) });
}
