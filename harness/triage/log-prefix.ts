import { journalRecord } from './journal-json.ts';
import type { LogText } from './log-text.ts';

/** `[   12.345678] `, with CONFIG_PRINTK_CALLER a second bracket (kernel/printk/printk.c). */
const uptime = /^\[ *(\d+\.\d+)\](?:\[ *[TC]\d+\])? ?/;
/** dmesg -T. */
const humanTime = /^\[([A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})\] ?/;
/** syslog, journalctl -o short. Whoever hides the name of a host may leave a gap. */
const syslogTime = /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d+)? +/;
/** journalctl -o short-full. */
const fullTime = /^[A-Z][a-z]{2} (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) \S+ +/;
/** journalctl -o short-iso, rsyslog since 8.2210, dmesg --time-format=iso. */
const isoTime = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?) +/;
/** journalctl -o short-unix. */
const unixTime = /^(\d{9,11}\.\d+) +/;
/** A record of /dev/kmsg: level, sequence number, microseconds (Documentation/ABI/testing/dev-kmsg). */
const kmsgRecord = /^\d+,\d+,(\d+),[^;]{1,20};/;
/** dmesg -x. */
const facility = /^(?:kern|user|daemon|syslog|auth|mail|local\d) *:[a-z]+ *: ?/;
/** `host kernel: `, `host QEMU[4242]: `; the host may be missing. */
const speaker = /^(?:[\w.-]+ +)?([\w./@-]+)(?:\[\d+\])?: +/;
/** The same where the host must not be taken for a part of the text. */
const surelySpeaker = /^[\w.-]+ (kernel|[\w./@-]+(?=\[\d+\]))(?:\[\d+\])?: +/;

/** @returns undefined where the line does not begin as a line of a log. */
export function splitLogPrefix(line: string): LogText | undefined {
  switch (line.charCodeAt(0)) {
    case 0x5b: // [
      return ofUptime(line) ?? ofTime(humanTime, line, undefined);
    case 0x3c: // <
      return ofLevel(line);
    case 0x7b: // {
      return journalRecord(line);
    default:
      return ofDigits(line) ?? ofLetters(line);
  }
}

/** dmesg -r: the level stands before the time, or before the text where the kernel prints no time. */
function ofLevel(line: string): LogText | undefined {
  const before = /^<\d{1,3}>/.exec(line)?.[0];
  if (before === undefined) return undefined;
  const text = line.slice(before.length);
  return ofUptime(text) ?? { text, program: 'kernel' };
}

function ofDigits(line: string): LogText | undefined {
  const first = line.charCodeAt(0);
  if (first < 0x30 || first > 0x39) return undefined;
  const record = kmsgRecord.exec(line);
  if (record !== null) {
    const seconds = (Number(record[1]) / 1e6).toFixed(6);
    return { text: line.slice(record[0].length), program: 'kernel', time: { kind: 'uptime', text: seconds } };
  }
  return ofTime(isoTime, line, surelySpeaker) ?? ofTime(unixTime, line, speaker);
}

function ofLetters(line: string): LogText | undefined {
  const first = line.charCodeAt(0);
  if (first >= 0x41 && first <= 0x5a) return ofTime(syslogTime, line, speaker) ?? ofTime(fullTime, line, speaker);
  if (first < 0x61 || first > 0x7a) return undefined;
  const before = facility.exec(line)?.[0];
  if (before === undefined) return undefined;
  const text = line.slice(before.length);
  const timed = ofUptime(text) ?? ofTime(humanTime, text, undefined) ?? ofTime(isoTime, text, undefined);
  return timed ?? { text, program: 'kernel' };
}

function ofUptime(line: string): LogText | undefined {
  const match = uptime.exec(line);
  if (match === null) return undefined;
  const [before, seconds = ''] = match;
  const rest = line.slice(before.length);
  // journalctl -o short-monotonic names host and program after the time.
  const named = surelySpeaker.exec(rest);
  const text = named === null ? rest : rest.slice(named[0].length);
  return { text, program: named?.[1] ?? 'kernel', time: { kind: 'uptime', text: seconds } };
}

function ofTime(pattern: RegExp, line: string, by: RegExp | undefined): LogText | undefined {
  const match = pattern.exec(line);
  if (match === null) return undefined;
  const [before, time = ''] = match;
  const rest = line.slice(before.length);
  const named = by?.exec(rest) ?? null;
  const program = named?.[1] ?? 'kernel';
  const said = named === null ? rest : rest.slice(named[0].length);
  // A kernel that stamps its own lines does so below a syslog time too.
  return { text: said.replace(uptime, ''), program, time: { kind: 'wall', text: time } };
}
