import type { Clock } from '../clock.ts';
import type { JournalEvent } from '../journal/events.ts';
import { HistoryLog } from '../journal/history.ts';
import { type Checkpoint, JournalWriter, type WriterOptions } from '../journal/writer.ts';
import { judgeCounts } from '../judge/judge-counts.ts';
import { RunJudge } from '../judge/run-judge.ts';
import type { CycleJudgement } from '../judge/verdict.ts';
import { afterEvent, noResumePoint, type Past, type ResumePoint } from './resume-point.ts';

export interface RunJournalOptions extends Pick<WriterOptions, 'segmentBytes'> {
  /** Told of every event once it is written, and of the judgement of the cycle that ended with it. */
  readonly onEvent?: (event: JournalEvent, judgement: CycleJudgement | undefined) => void;
  /** Told of the events that an earlier session wrote, as far back as its last checkpoint. */
  readonly onOldEvent?: (event: JournalEvent) => void;
}

/** The journal of a run, and the judge who hears every word of it; from both a checkpoint is made. */
export class RunJournal implements AsyncDisposable {
  readonly writer: JournalWriter;
  readonly judge: RunJudge;
  /** Where to go on; undefined for a journal that was just created. */
  readonly past: Past | undefined;

  private constructor(writer: JournalWriter, judge: RunJudge, past: Past | undefined) {
    this.writer = writer;
    this.judge = judge;
    this.past = past;
  }

  /** @throws JournalWriteError */
  static async create(path: string, clock: Clock, options: RunJournalOptions = {}): Promise<RunJournal> {
    const memory = new Memory();
    const writer = await JournalWriter.create(path, clock, writerOptions(memory, options));
    return new RunJournal(writer, memory.judge, undefined);
  }

  /** Goes on with the journal of an earlier session. @throws JournalReadError, JournalWriteError */
  static async resume(path: string, clock: Clock, options: RunJournalOptions = {}): Promise<RunJournal> {
    const memory = new Memory();
    let point: ResumePoint = noResumePoint;
    const writer = await JournalWriter.resume(path, clock, writerOptions(memory, options), (event) => {
      memory.pushOld(event);
      point = afterEvent(point, event);
      options.onOldEvent?.(event);
    });
    return new RunJournal(writer, memory.judge, { point, tornBytes: writer.torn?.bytes ?? 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer[Symbol.asyncDispose]();
  }
}

function writerOptions(memory: Memory, { onEvent, segmentBytes }: RunJournalOptions): WriterOptions {
  return {
    onEvent: (event) => {
      const judgement = memory.push(event);
      onEvent?.(event, judgement);
    },
    checkpoint: () => memory.checkpoint(),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  };
}

/** What a checkpoint must tell. */
class Memory {
  readonly judge = new RunJudge();
  /** The last event of each kind that holds until another one takes its place. */
  readonly #facts = new Map<string, JournalEvent>();
  readonly #history = new HistoryLog();
  #cycle = 0;

  push(event: JournalEvent): CycleJudgement | undefined {
    this.#note(event);
    return this.judge.push(event);
  }

  /** A checkpoint stands for the cycles before it; its facts were told just now. */
  pushOld(event: JournalEvent): void {
    if (event.t !== 'checkpoint') {
      this.push(event);
      return;
    }
    this.#cycle = event.cycle;
    this.judge.goOn(judgeCounts.parse(event.counts));
  }

  checkpoint(): Checkpoint | undefined {
    const { counts } = this.judge;
    if (counts === undefined) return undefined;
    const facts = new Map([...this.#history.events, ...this.#facts.values()].map((event) => [event.n, event]));
    return { cycle: this.#cycle, facts: [...facts.values()].sort((a, b) => a.n - b.n), counts };
  }

  #note(event: JournalEvent): void {
    if (event.t === 'cycle-started') this.#cycle = event.cycle;
    this.#history.push(event);
    const isFact =
      event.t === 'run-started' ||
      event.t === 'host-identified' ||
      event.t === 'cell-started' ||
      event.t === 'reset-source' ||
      (event.t === 'edge' && event.edge === 'baseline');
    if (isFact) this.#facts.set(event.t, event);
  }
}
