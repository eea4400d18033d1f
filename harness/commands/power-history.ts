import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { budgetWindowMs } from '../host/power/budget.ts';
import type { PowerHistory } from '../host/power/guard-options.ts';
import { type JournalEventOf, journalLine } from '../journal/events.ts';

type PowerIntent = JournalEventOf<'power-intent'>;

/**
 * What earlier runs did to the power of a host, as far as it matters now: the cuts of the last hour, and a cut that was never followed
 * by an `on`, because its controller died. Journals that cannot be read tell nothing.
 *
 * @param reports where runs are kept, this one's directory among them.
 * @param host as the names of its runs end.
 */
export async function powerHistory(reports: string, host: string, nowMs: number): Promise<PowerHistory> {
  const intents: PowerIntent[] = [];
  for (const path of await recentJournals(reports, host, nowMs)) intents.push(...(await powerIntents(path)));
  intents.sort((a, b) => a.at - b.at);
  const cutsMs = intents.filter(({ act, at }) => act === 'off' && at > nowMs - budgetWindowMs).map(({ at }) => at);
  const last = intents.at(-1);
  return { cutsMs, ...(last?.act === 'off' ? { offSinceMs: last.at } : {}) };
}

/** The last run's journal, and every other one that was written to in the budget's window. */
async function recentJournals(reports: string, host: string, nowMs: number): Promise<string[]> {
  const names = await readdir(reports).catch(() => []);
  const found: { readonly path: string; readonly mtimeMs: number }[] = [];
  for (const name of names.filter((one) => one.endsWith(`Z-${host}`))) {
    const path = join(reports, name, 'journal.ndjson');
    const state = await stat(path).catch(() => undefined);
    if (state !== undefined) found.push({ path, mtimeMs: state.mtimeMs });
  }
  found.sort((a, b) => b.mtimeMs - a.mtimeMs);
  return found.filter(({ mtimeMs }, index) => index === 0 || mtimeMs > nowMs - budgetWindowMs).map(({ path }) => path);
}

async function powerIntents(path: string): Promise<PowerIntent[]> {
  const intents: PowerIntent[] = [];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    // A night has millions of lines and a handful of these.
    if (!line.includes('"power-intent"')) continue;
    const event = parsed(line);
    if (event?.t === 'power-intent') intents.push(event);
  }
  return intents;
}

function parsed(line: string): z.output<typeof journalLine> | undefined {
  try {
    const read = journalLine.safeParse(JSON.parse(line));
    return read.success ? read.data : undefined;
  } catch {
    return undefined;
  }
}
