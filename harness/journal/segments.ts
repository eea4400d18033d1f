import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * A long journal is a row of files: `journal-000001.ndjson.gz`, `journal-000002.ndjson.gz`, … and `journal.ndjson`, the only one that is
 * written to. A file that was just closed is plain for a moment, until it is compressed.
 */
export interface Segment {
  /** Counted from 1. */
  readonly number: number;
  readonly path: string;
  readonly isCompressed: boolean;
  /** The one that is written to; a run that is over leaves it plain, so that it can be resumed by appending. */
  readonly isOpen: boolean;
}

const ending = '.ndjson';
const closedForm = /^(\d{6,})\.ndjson(\.gz)?$/;

/**
 * The files of a journal, oldest first.
 *
 * @param path of the open one, which may not exist: a controller can die between closing one file and opening the next.
 */
export async function segmentsOf(path: string): Promise<Segment[]> {
  const directory = dirname(path);
  const open = basename(path);
  const names: readonly string[] = await readdir(directory).catch(() => []);
  const prefix = `${stem(open)}-`;
  const closed = new Map<number, Segment>();
  for (const name of names) {
    const [, digits, gz] = name.startsWith(prefix) ? (closedForm.exec(name.slice(prefix.length)) ?? []) : [];
    if (digits === undefined) continue;
    const number = Number(digits);
    // Where both are there, the controller died before it removed the plain one; the other got its name when it was complete.
    if (gz === undefined && closed.has(number)) continue;
    closed.set(number, { number, path: join(directory, name), isCompressed: gz !== undefined, isOpen: false });
  }
  const segments = [...closed.values()].sort((one, other) => one.number - other.number);
  const number = (segments.at(-1)?.number ?? 0) + 1;
  return names.includes(open) ? [...segments, { number, path, isCompressed: false, isOpen: true }] : segments;
}

/** Where the open file goes when it is closed as the segment of this number. */
export function closedSegmentPath(path: string, number: number): string {
  return join(dirname(path), `${stem(basename(path))}-${String(number).padStart(6, '0')}${ending}`);
}

function stem(name: string): string {
  return name.endsWith(ending) ? name.slice(0, -ending.length) : name;
}
