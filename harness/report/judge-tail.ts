import { readJournalTail } from '../journal/reader.ts';
import { judgeCounts } from '../judge/judge-counts.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { RunJudgement } from '../judge/run-judgement.ts';

/**
 * How a run stands, from the last segment of its journal and the checkpoint that it begins with: as quick for a million cycles as for ten
 * thousand. What it counts is what the whole journal comes to; how cycles before the checkpoint went one by one, it does not tell.
 *
 * @throws JournalReadError, NotARunError
 */
export async function judgeTail(path: string): Promise<RunJudgement> {
  const judge = new RunJudge();
  for await (const event of readJournalTail(path)) {
    if (event.t === 'checkpoint') judge.goOn(judgeCounts.parse(event.counts));
    else judge.push(event);
  }
  return judge.result();
}
