import type { JournalEvent, JournalEventOf } from '../../../journal/events.ts';
import type { CycleJudgement } from '../../../judge/verdict.ts';
import { resetLine } from '../../reset-words.ts';
import { healthLines } from './health-changes.ts';
import { eventLines, type StoryLine } from './story-words.ts';

/** One line with its time. */
export interface TimedLine extends StoryLine {
  /** Since the cycle began. */
  readonly atMs: number;
}

/** What happened in a cycle, and after it until the next one. */
export interface CycleStory {
  readonly judgement: CycleJudgement;
  readonly lines: readonly TimedLine[];
  /** How many lines are left out, by whatever was too much. */
  readonly omitted: number;
  /** Numbers of its first and last event in the journal. */
  readonly firstEvent: number;
  readonly lastEvent: number;
}

/** A flood of kernel lines must neither fill the memory nor hide what was done about it; what is beyond this is only counted. */
const keptKernelLines = 40;
const keptOthers = 300;
const toldLines = 160;
/** The longest text of one line; a kernel line has 1000 characters at the most, unless something is very wrong. */
const toldCharacters = 400;

/** The events of the cycle under way, and of what follows it until the next one begins. */
export class CycleFile {
  readonly #events: JournalEvent[] = [];
  #kernelLines = 0;
  #omitted = 0;
  #lastEvent = 0;
  /** What the first edge of this cycle is held against. */
  readonly #edgeBefore: JournalEventOf<'edge'> | undefined;

  constructor(edgeBefore: JournalEventOf<'edge'> | undefined) {
    this.#edgeBefore = edgeBefore;
  }

  push(event: JournalEvent): void {
    this.#lastEvent = event.n;
    if (event.t === 'kernel') this.#pushKernelLine(event);
    else if (this.#events.length - this.#kernelLines < keptOthers) this.#events.push(event);
    else this.#omitted += 1;
  }

  /** Tells it in words that hold on to nothing of the journal. */
  story(judgement: CycleJudgement): CycleStory {
    const lines: TimedLine[] = [];
    let omitted = this.#omitted;
    for (const { at, line } of this.#lines(judgement)) {
      const atMs = Math.max(0, at - judgement.startedAtMs);
      if (lines.length < toldLines) lines.push({ ...line, text: shortened(line.text), atMs });
      else omitted += 1;
    }
    return { judgement, lines, omitted, firstEvent: this.#events[0]?.n ?? 0, lastEvent: this.#lastEvent };
  }

  #pushKernelLine(event: JournalEventOf<'kernel'>): void {
    if (this.#kernelLines === keptKernelLines) {
      this.#omitted += 1;
      return;
    }
    this.#kernelLines += 1;
    this.#events.push(event.text.length > toldCharacters ? { ...event, text: shortened(event.text) } : event);
  }

  *#lines({ cycle, resets = [] }: CycleJudgement): Generator<{ at: number; line: StoryLine }> {
    let edgeBefore = this.#edgeBefore;
    for (const event of this.#events) {
      for (const line of eventLines(event)) yield { at: event.at, line };
      if (event.t === 'edge') {
        for (const line of healthLines(edgeBefore, event)) yield { at: event.at, line };
        edgeBefore = event;
      }
      if (event.t !== 'resets' || event.cycle !== cycle) continue;
      for (const reset of resets) {
        const isBad = reset.ms === null || (reset.returned ?? 0) < 0;
        yield { at: event.at, line: { kind: 'reset', text: resetLine(reset), isBad } };
      }
    }
  }
}

/** A copy of its own, so that a line of a megabyte is not kept for its beginning; one that is short already stays as it is. */
function shortened(text: string): string {
  if (text.length <= toldCharacters || shortForm.test(text)) return text;
  const begin = Buffer.from(text.slice(0, toldCharacters)).toString();
  return `${begin} … (${text.length} characters, all of them in the journal)`;
}

const shortForm = / … \(\d+ characters, all of them in the journal\)$/;
