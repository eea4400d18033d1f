import type { JournalEvent } from '../journal/events.ts';
import { RunDigest } from '../report/html/digest/run-digest.ts';
import { runPage } from '../report/html/run-page.ts';

/** What the reports make of a whole journal. */
export function digested(events: Iterable<JournalEvent>): ReturnType<RunDigest['result']> {
  const digest = new RunDigest();
  for (const event of events) digest.push(event);
  return digest.result();
}

/** The page of a journal that lies alone. */
export async function pageOf(events: Iterable<JournalEvent>): Promise<string> {
  const { judgement, page } = digested(events);
  return await runPage(judgement, page, { journal: ['journal.ndjson'], reports: ['junit.xml', 'summary.json'] });
}
