/** When a line says that it was written. The text is as it stands there; `uptime` counts seconds from the boot. */
export interface LineTime {
  readonly kind: 'uptime' | 'wall';
  readonly text: string;
}

/** One line of what was mailed, so that whoever reads a finding can look it up. */
export interface Evidence {
  readonly source: string;
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
  readonly time?: LineTime;
}

/** The same as it comes out of the reader: its texts are parts of the chunk that was read, and must not be kept. */
export interface RawLine extends Omit<Evidence, 'time'> {
  readonly time: LineTime | undefined;
}

export function evidenceOf({ source, line, text, time }: RawLine): Evidence {
  return { source, line, text: keptText(text), ...(time === undefined ? {} : { time: keptTime(time) }) };
}

/** Without the text; for the last of many lines that say the same. */
export function keptPlace({ source, line, time }: RawLine): Omit<Evidence, 'text'> {
  return { source, line, ...(time === undefined ? {} : { time: keptTime(time) }) };
}

function keptTime({ kind, text }: LineTime): LineTime {
  return { kind, text: keptText(text) };
}

const longestKept = 300;

/**
 * A copy that shares no memory with the text it was cut from: V8 keeps the whole chunk of a file alive for one slice of it,
 * and what is kept here is kept to the end.
 */
export function keptText(text: string): string {
  const cut = text.length > longestKept ? `${text.slice(0, longestKept)}…` : text;
  return Buffer.from(cut, 'utf8').toString('utf8');
}

/** `dmesg.txt:812`. */
export function placeOf({ source, line }: Pick<Evidence, 'source' | 'line'>): string {
  return `${source}:${line}`;
}

/** Milliseconds for order only: the year is missing in the short form of syslog, the zone in others. NaN where it is no time. */
export function wallClockMs(text: string): number {
  const short = /^([A-Z][a-z]{2}) +(\d+) (\d\d:\d\d:\d\d)$/.exec(text);
  // 2000 was a leap year, so that no day is unknown to it.
  return Date.parse(
    short === null ? text.replace(',', '.') : `${short[1] ?? ''} ${short[2] ?? ''} 2000 ${short[3] ?? ''}`,
  );
}
