import type { LineTime } from './evidence.ts';

/** A line of a log without what tells when and by whom it was written. */
export interface LogText {
  readonly text: string;
  /** `kernel`, or another program that the log names. */
  readonly program: string;
  readonly time?: LineTime;
}
