import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BisectLog } from '../bisect-run/bisect-log.ts';
import { systemClock } from '../clock.ts';
import { ComebackError } from '../errors.ts';
import type { JournalEvent, JournalEventBody } from '../journal/events.ts';
import { readJournal } from '../journal/reader.ts';
import { segmentsOf } from '../journal/segments.ts';
import { JournalWriter } from '../journal/writer.ts';
import { runFiles } from '../report/write-reports.ts';
import { bisectPrefix, isBisect } from './bisect-name.ts';
import { comebackVersion } from './version.ts';

/** There is no bisect to go on with. */
export class NotResumableBisectError extends ComebackError {
  override readonly code = 'BISECT_NOT_RESUMABLE';
  override readonly kind = 'usage';
}

/** A journal, and what it tells. */
export interface OpenBisect extends AsyncDisposable {
  readonly log: BisectLog;
  readonly writeDown: (body: JournalEventBody) => Promise<JournalEvent>;
}

/**
 * `bisect-elysium-2026-11-22T07-28-09Z`. It must be no name of a run: those end with the host's name, and whoever looks for what runs did to
 * the host reads them all.
 */
export function bisectName(host: string, nowMs: number): string {
  return `${bisectPrefix}${host}-${stampOf(nowMs)}`;
}

/** As names of runs are, but to the millisecond: a visit may be short. */
export function visitRunName(host: string, nowMs: number): string {
  return `${new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-')}-${host}`;
}

export async function createBisect(
  directory: string,
  start: Extract<JournalEventBody, { t: 'bisect-started' }>,
): Promise<OpenBisect> {
  await mkdir(directory, { recursive: true });
  const writer = await JournalWriter.create(runFiles(directory).journal, systemClock);
  const event = await writer.append(start, { sync: true });
  if (event.t !== 'bisect-started') throw new TypeError('the journal wrote another event than it was given');
  return openWith(writer, new BisectLog(event));
}

/** Goes on with a bisect that an earlier session left. @throws NotResumableBisectError */
export async function resumeBisect(directory: string): Promise<OpenBisect> {
  const { journal } = runFiles(directory);
  const { log } = await readBisect(directory);
  const writer = await JournalWriter.resume(journal, systemClock, {}, () => undefined);
  const torn = writer.torn === undefined ? {} : { tornBytes: writer.torn.bytes };
  const open = openWith(writer, log);
  log.push(await open.writeDown({ t: 'bisect-resumed', comeback: comebackVersion, ...torn }));
  return open;
}

/** What the journal of a bisect tells. @throws NotResumableBisectError where it tells of none. */
export async function readBisect(
  directory: string,
): Promise<{ readonly log: BisectLog; readonly events: readonly JournalEvent[] }> {
  const { journal } = runFiles(directory);
  if ((await segmentsOf(journal)).length === 0)
    throw new NotResumableBisectError(`There is no bisect in ${directory}.`);
  const events: JournalEvent[] = [];
  let log: BisectLog | undefined;
  for await (const event of readJournal(journal)) {
    events.push(event);
    if (event.t === 'bisect-started') log ??= new BisectLog(event);
    else log?.push(event);
  }
  if (log === undefined)
    throw new NotResumableBisectError(`The bisect in ${directory} died before it did anything: begin a new one.`);
  return { log, events };
}

/** The directory of a bisect by its name, or of the last one. @throws NotResumableBisectError */
export async function bisectDirectory(reports: string, name: string): Promise<string> {
  if (name !== 'last') return name.includes('/') ? name : join(reports, name);
  const names = (await readdir(reports).catch(() => [])).filter(isBisect);
  const last = names.sort((one, other) => stampIn(one).localeCompare(stampIn(other))).at(-1);
  if (last === undefined) throw new NotResumableBisectError(`There is no bisect in ${reports}.`);
  return join(reports, last);
}

function openWith(writer: JournalWriter, log: BisectLog): OpenBisect {
  return {
    log,
    writeDown: (body) => writer.append(body, { sync: true }),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

function stampOf(nowMs: number): string {
  return new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');
}

function stampIn(name: string): string {
  return /\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(name)?.[0] ?? '';
}
