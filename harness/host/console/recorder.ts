import type { Clock } from '../../clock.ts';
import { type ConsoleSign, type ConsoleSignKind, recogniseConsoleLine } from '../../pci/console-lines.ts';
import { within, type Wait } from '../../wait.ts';
import { ConsoleLog, type ConsoleLogOptions } from './console-log.ts';
import { ConsoleText } from './console-text.ts';
import type { ConsoleWriteError } from './errors.ts';
import { type ConsoleLine, formatConsoleLine, LineRing } from './line-ring.ts';
import type { ConsoleSource, ConsoleStream } from './source.ts';

/** A line that tells something about the host. */
export interface RecognisedLine extends ConsoleSign {
  /** Counts the recognised lines of this recorder from 1. */
  readonly n: number;
  /** Controller time in milliseconds since the epoch. */
  readonly atMs: number;
  readonly text: string;
}

export interface RecorderOptions extends Partial<ConsoleLogOptions> {
  /** Directory of the run; `console.log` is written there. */
  readonly directory: string;
  readonly clock: Clock;
  /** Told of each recognised line as it comes. Must not throw. */
  readonly onSign?: ((line: RecognisedLine) => void) | undefined;
  /** Told when the console is lost, and when it is back. Must not throw. */
  readonly onNote?: ((note: string) => void) | undefined;
  /** Pause before the next attempt to connect: the first one, then twice as long each time. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  readonly maxLineChars?: number;
  /** Lines kept in memory for excerpts. */
  readonly ringLines?: number;
}

const keptSigns = 1000;
/** For a source to let go once the recording ends. */
const partingMs = 10_000;
/** A prompt waits for an answer, so its line never ends. */
const prompt = /[:>)] ?$/;

/** Records the console of a lab host from start to disposal, through reboots of the host and losses of the source. */
export class ConsoleRecorder implements AsyncDisposable {
  readonly source: string;
  readonly #source: ConsoleSource;
  readonly #options: RecorderOptions;
  readonly #log: ConsoleLog;
  readonly #text: ConsoleText;
  readonly #ring: LineRing;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<() => void>();
  readonly #done: Promise<void>;
  #signs: RecognisedLine[] = [];
  #signCount = 0;
  #promptSeen = false;
  #heardChunks = 0;
  #connected = false;
  #lastLoss = 'it was not reached yet';

  private constructor(source: ConsoleSource, options: RecorderOptions, log: ConsoleLog) {
    this.source = source.description;
    this.#source = source;
    this.#options = options;
    this.#log = log;
    this.#text = new ConsoleText(options.maxLineChars ?? 4096);
    this.#ring = new LineRing(options.ringLines ?? 5000);
    this.#done = this.#run();
  }

  /**
   * Opens the record and begins to listen. A source that cannot be reached is tried again until disposal, see {@link connected}.
   *
   * @throws ConsoleWriteError where the record cannot be created.
   */
  static async start(source: ConsoleSource, options: RecorderOptions): Promise<ConsoleRecorder> {
    const { directory, maxFileBytes = 16 * 1024 * 1024, keptFiles = 4 } = options;
    return new ConsoleRecorder(source, options, await ConsoleLog.open(directory, { maxFileBytes, keptFiles }));
  }

  /** Why the record on disk is incomplete; undefined where it is not. */
  get writeFailure(): ConsoleWriteError | undefined {
    return this.#log.failure;
  }

  /** Why the console cannot be heard at this moment; undefined where it can. */
  get loss(): string | undefined {
    return this.#connected ? undefined : this.#lastLoss;
  }

  /** Number of the last recognised line: what comes after this moment has a greater one. */
  get mark(): number {
    return this.#signCount;
  }

  /** The last lines as they stand in the record, our own remarks and a line without end included; since a moment, if given. */
  excerpt(lastLines: number, sinceMs = 0): string[] {
    const begun = this.#text.unfinishedLine;
    const open: ConsoleLine[] = begun === '' ? [] : [{ atMs: this.#options.clock.nowMs(), text: begun, isNote: false }];
    const lines = [...this.#ring.last(lastLines), ...open].filter(({ atMs }) => atMs >= sinceMs);
    return lines.slice(Math.max(0, lines.length - lastLines)).map(formatConsoleLine);
  }

  /** Recognised lines after a mark, oldest first. */
  signsAfter(mark: number): RecognisedLine[] {
    return this.#signs.filter(({ n }) => n > mark);
  }

  /** Resolves once the source is connected. @throws DeadlineError, or the reason of the signal. */
  async connected(wait: Wait): Promise<void> {
    await this.#until(() => (this.#connected ? true : undefined), wait, `the console ${this.source}`);
  }

  /**
   * The first recognised line of one of these kinds after the mark, be it past or to come.
   *
   * @throws DeadlineError, or the reason of the signal.
   */
  async waitForSign(kinds: readonly ConsoleSignKind[], mark: number, wait: Wait): Promise<RecognisedLine> {
    const found = (): RecognisedLine | undefined => this.signsAfter(mark).find(({ kind }) => kinds.includes(kind));
    return await this.#until(found, wait, `${kinds.join(' or ')} on the console ${this.source}`);
  }

  async #until<T>(look: () => T | undefined, wait: Wait, waitedFor: string): Promise<T> {
    let check: () => void = () => undefined;
    const seen = new Promise<T>((resolve) => {
      check = () => {
        const value = look();
        if (value !== undefined) resolve(value);
      };
    });
    this.#waiting.add(check);
    check();
    try {
      return await within(seen, wait, waitedFor);
    } finally {
      this.#waiting.delete(check);
    }
  }

  async #run(): Promise<void> {
    const { clock, firstPauseMs = 500, longestPauseMs = 10_000 } = this.#options;
    const { signal } = this.#stop;
    let pauseMs = firstPauseMs;
    let lostAtMs: number | undefined;
    for (;;) {
      const heardBefore = this.#heardChunks;
      let reason = 'the other side closed it';
      try {
        await using stream = await this.#source.open(signal);
        const silence = lostAtMs === undefined ? '' : ` after ${((clock.nowMs() - lostAtMs) / 1000).toFixed(1)} s`;
        await this.#note(`console ${this.source} connected${silence}`);
        this.#connected = true;
        this.#changed();
        await this.#listen(stream);
      } catch (error) {
        reason = error instanceof Error ? error.message : String(error);
      }
      if (this.#stopped()) break;
      this.#lastLoss = reason;
      // Said once a loss, not once an attempt: a service processor can be away for hours.
      if (lostAtMs === undefined || this.#connected) {
        lostAtMs = clock.nowMs();
        await this.#endLine();
        await this.#note(`console ${this.source} lost: ${reason}; what follows until it is back was not heard`);
      }
      this.#connected = false;
      // A source that said something is worth a short pause; one that only connects is not.
      if (this.#heardChunks > heardBefore) pauseMs = firstPauseMs;
      await clock.sleep(pauseMs, signal).catch(() => undefined);
      if (this.#stopped()) break;
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    }
    this.#connected = false;
    await this.#endLine();
    await this.#note('console recording ended');
  }

  #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #listen(stream: ConsoleStream): Promise<void> {
    for await (const chunk of stream.chunks) {
      this.#heardChunks += 1;
      if ('note' in chunk) await this.#note(chunk.note);
      else await this.#keep(this.#text.push(chunk));
    }
  }

  async #keep(texts: readonly string[]): Promise<void> {
    const atMs = this.#options.clock.nowMs();
    const lines = texts.map((text): ConsoleLine => ({ atMs, text, isNote: false }));
    for (const line of lines) {
      this.#ring.push(line);
      // A prompt was told while its line was open.
      if (!this.#promptSeen) this.#recognise(line.text, atMs);
      this.#promptSeen = false;
    }
    const begun = this.#text.unfinishedLine;
    if (!this.#promptSeen && begun.length < 200 && prompt.test(begun)) this.#promptSeen = this.#recognise(begun, atMs);
    await this.#log.append(lines.map((line) => `${formatConsoleLine(line)}\n`).join(''));
  }

  #recognise(text: string, atMs: number): boolean {
    const sign = recogniseConsoleLine(text);
    if (sign === undefined) return false;
    this.#signCount += 1;
    const line: RecognisedLine = { ...sign, n: this.#signCount, atMs, text };
    this.#signs.push(line);
    if (this.#signs.length >= 2 * keptSigns) this.#signs = this.#signs.slice(-keptSigns);
    this.#options.onSign?.(line);
    this.#changed();
    return true;
  }

  async #endLine(): Promise<void> {
    await this.#keep(this.#text.flush());
    this.#promptSeen = false;
  }

  async #note(text: string): Promise<void> {
    const line: ConsoleLine = { atMs: this.#options.clock.nowMs(), text: text.replace(/\s+/g, ' '), isNote: true };
    this.#ring.push(line);
    this.#options.onNote?.(line.text);
    await this.#log.append(`${formatConsoleLine(line)}\n`);
  }

  #changed(): void {
    for (const check of this.#waiting) check();
  }

  /** Ends the listening, writes what is left and closes the record. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the recording ends'));
    // A source that does not let go holds up nobody: what it still says is lost.
    await within(this.#done, { timeoutMs: partingMs }, `the console ${this.source} to end`).catch(() => undefined);
    await this.#log[Symbol.asyncDispose]();
  }
}
