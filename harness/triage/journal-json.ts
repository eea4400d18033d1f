import { z } from 'zod';
import type { LogText } from './log-text.ts';

/** What matters of a record of journalctl -o json (systemd.journal-fields(7)); bytes that are no UTF-8 come as numbers. */
const record = z.object({
  MESSAGE: z.union([z.string(), z.array(z.number()), z.null()]).optional(),
  _TRANSPORT: z.string().optional().catch(undefined),
  SYSLOG_IDENTIFIER: z.string().optional().catch(undefined),
  __REALTIME_TIMESTAMP: z.string().optional().catch(undefined),
});

/** @returns undefined where the line is no record of a journal. */
export function journalRecord(line: string): LogText | undefined {
  const { MESSAGE: message, ...rest } = parsed(line) ?? {};
  if (message === undefined || message === null) return undefined;
  const text = typeof message === 'string' ? message : Buffer.from(message).toString('utf8');
  const usec = Number(rest.__REALTIME_TIMESTAMP);
  const program = rest._TRANSPORT === 'kernel' ? 'kernel' : (rest.SYSLOG_IDENTIFIER ?? 'unknown');
  const time = Number.isSafeInteger(usec) && usec > 0 && usec < 8.64e18 ? isoOf(usec) : undefined;
  return { text, program, ...(time === undefined ? {} : { time: { kind: 'wall', text: time } }) };
}

function isoOf(usec: number): string | undefined {
  const date = new Date(usec / 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function parsed(line: string): z.infer<typeof record> | undefined {
  try {
    const result = record.safeParse(JSON.parse(line));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
