import type { ReadStream, WriteStream } from 'node:tty';
import type { Clock } from '../clock.ts';
import { type LiveView, liveView } from './live-view.ts';
import { renderScreen } from './screen/render-screen.ts';
import type { WatchOutput } from './watch-run.ts';

/** Private modes of xterm (ctlseqs: 1049 the alternate screen, 25 the cursor). */
const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const toLineEnd = '\u001b[K';
const toScreenEnd = '\u001b[J';
const controlC = '\u0003';

export interface TerminalOptions {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly clock: Clock;
  /** Somebody pressed `q`, or Ctrl-C, which is no signal while keys are read one by one. */
  readonly onKey: (key: 'quit' | 'interrupt') => void;
}

/** The whole terminal as one screen, until disposed: then everything is as it was before, and the last state stays in its scrollback. */
export class TerminalScreen implements WatchOutput, Disposable {
  readonly #options: TerminalOptions;
  readonly #ticking: NodeJS.Timeout;
  #view: LiveView | undefined;
  #isOpen = true;

  constructor(options: TerminalOptions) {
    this.#options = options;
    const { stdin, stdout } = options;
    stdout.write(enter);
    // Also where the process ends in a way that disposes nothing.
    process.on('exit', this.#restore);
    process.on('SIGCONT', this.#reopen);
    stdout.on('resize', this.#draw);
    if (stdin.isTTY) stdin.setRawMode(true).on('data', this.#onData).resume();
    this.#ticking = setInterval(this.#draw, 1000);
  }

  view(view: LiveView): void {
    this.#view = view;
    this.#draw();
  }

  [Symbol.dispose](): void {
    const { stdin, stdout } = this.#options;
    clearInterval(this.#ticking);
    stdout.off('resize', this.#draw);
    process.off('SIGCONT', this.#reopen);
    process.off('exit', this.#restore);
    stdin.off('data', this.#onData).pause();
    this.#restore();
    if (this.#view !== undefined) stdout.write(`${this.#lines(this.#view, undefined).join('\n')}\n`);
  }

  readonly #draw = (): void => {
    if (this.#view === undefined) return;
    const lines = this.#lines(this.#view, this.#options.stdout.rows);
    this.#options.stdout.write(`${home}${lines.map((line) => `${line}${toLineEnd}`).join('\r\n')}${toScreenEnd}`);
  };

  readonly #restore = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { stdin, stdout } = this.#options;
    if (stdin.isTTY) stdin.setRawMode(false);
    stdout.write(leave);
  };

  /** The shell took the terminal back while the process was stopped. */
  readonly #reopen = (): void => {
    const { stdin, stdout } = this.#options;
    if (stdin.isTTY) stdin.setRawMode(true);
    stdout.write(enter);
    this.#draw();
  };

  readonly #onData = (keys: Buffer): void => {
    const text = keys.toString();
    if (text.includes(controlC)) this.#options.onKey('interrupt');
    else if (/q/i.test(text)) this.#options.onKey('quit');
  };

  /** @param rows undefined for the scrollback, which has room for all. */
  #lines(view: LiveView, rows: number | undefined): string[] {
    const { stdout, clock } = this.#options;
    const now = liveView(view, clock.nowMs(), view.standing === 'under-way');
    const footer = rows === undefined ? undefined : 'q quits, the run goes on';
    return renderScreen(now, { columns: stdout.columns, rows, colour: stdout.hasColors(), footer });
  }
}
