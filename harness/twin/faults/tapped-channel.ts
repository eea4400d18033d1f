import { Duplex } from 'node:stream';
import type { CommandChannel } from '../processes.ts';

/** How output ends that is cut: in the middle of a line, and in the middle of a character there. */
export type Cut = 'line' | 'character';

/** What the wire has to do with the channel of one command. */
export interface Tap {
  /** The observer was asked for an edge. */
  readonly onEdgeRequest: () => void;
  /** Whether what comes next is cut; it is asked once for each piece of output. */
  readonly cutOf: (sender: 'observer' | 'command') => Cut | undefined;
  /** The connection goes, once the piece is on the wire. */
  readonly reset: () => void;
}

/** The first two of the three bytes of a euro sign. */
const halfCharacter = Buffer.from([0xe2, 0x82]);
/** What a qm says that would have said nothing. */
const firstWords = Buffer.from('trying to acquire lock...\n');

/** An exec channel with the wire's hands in it: it sees the requests of the observer, and can end in the middle of what is said. */
export class TappedChannel extends Duplex implements CommandChannel {
  readonly #channel: CommandChannel;
  readonly #tap: Tap;
  #line = '';
  #isObserver = false;
  #isCut = false;

  constructor(channel: CommandChannel, tap: Tap) {
    super();
    this.#channel = channel;
    this.#tap = tap;
    channel.on('data', (chunk: Buffer) => {
      this.#look(chunk);
      if (!this.push(chunk)) channel.pause();
    });
    channel.once('end', () => this.push(null));
    channel.once('close', () => this.destroy());
    channel.on('error', () => undefined);
  }

  get stderr(): CommandChannel['stderr'] {
    return this.#channel.stderr;
  }

  exit(statusOrSignal: number | string, coreDumped?: boolean, message?: string): void {
    if (this.#isCut || this.#cut(firstWords, () => undefined)) return;
    if (typeof statusOrSignal === 'number') this.#channel.exit(statusOrSignal);
    else this.#channel.exit(statusOrSignal, coreDumped, message);
  }

  override _read(): void {
    this.#channel.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#isCut || this.#cut(chunk, done)) return;
    this.#channel.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#isCut) this.#channel.end();
    done();
  }

  #cut(chunk: Buffer, done: () => void): boolean {
    const cut = this.#tap.cutOf(this.#isObserver ? 'observer' : 'command');
    if (cut === undefined) return false;
    this.#isCut = true;
    const half = chunk.subarray(0, middleOfLine(chunk));
    this.#channel.write(cut === 'line' ? half : Buffer.concat([half, halfCharacter]), () => {
      // What gathers writes has its turn first.
      setImmediate(this.#tap.reset);
      done();
    });
    return true;
  }

  #look(chunk: Buffer): void {
    const lines = (this.#line + chunk.toString('latin1')).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      if (!/^[0-9]+ edge [0-9]+ /.test(line)) continue;
      this.#isObserver = true;
      this.#tap.onEdgeRequest();
    }
  }
}

/** Half of it, but never what ends with a line. */
function middleOfLine(chunk: Buffer): number {
  const half = Math.ceil(chunk.length / 2);
  return chunk[half - 1] === 0x0a ? half - 1 : half;
}
