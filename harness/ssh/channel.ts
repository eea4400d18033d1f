import type { ClientChannel } from 'ssh2';
import { ComebackError } from '../errors.ts';
import { timers } from '../timers.ts';
import { startCommand, type CommandEnd } from './command.ts';
import type { CommandContext } from './exec.ts';
import { LineSplitter } from './lines.ts';

/** A line that passes the limit: whoever speaks there is not whom we started. */
export class LineTooLongError extends ComebackError {
  override readonly code = 'SSH_LINE_TOO_LONG';
  override readonly kind = 'infra';
  readonly argv: readonly string[];
  readonly maxLineBytes: number;

  constructor(argv: readonly string[], maxLineBytes: number) {
    super(`"${argv[0] ?? ''}" wrote a line of more than ${maxLineBytes} bytes; its channel was closed.`);
    this.argv = argv;
    this.maxLineBytes = maxLineBytes;
  }
}

/** How a long-lived command ended. Never a success in itself: the one who started it knows whether it was to end. */
export interface ChannelEnd {
  /** How the command ended, null where the channel closed before that was known. */
  readonly end: CommandEnd | null;
  /** Why the channel closed without the command's own doing; null where the command ended or we closed it. */
  readonly cause: Error | null;
  /** The last words on stderr, at most 4 KiB. */
  readonly stderr: string;
}

export interface ChannelOptions {
  /** Gets every whole line of stdout, in order, without its newline. */
  readonly onLine: (line: string) => void;
  readonly maxLineBytes: number;
}

const stderrTailBytes = 4096;
/** A peer that does not confirm the end of a channel must not hold up ours. */
const closeGraceMs = 2000;

/** A command that runs until one side ends it, with its stdin open. */
export class SshChannel implements AsyncDisposable {
  readonly closed: Promise<ChannelEnd>;
  readonly #stream: ClientChannel;

  private constructor(stream: ClientChannel, closed: Promise<ChannelEnd>) {
    this.#stream = stream;
    this.closed = closed;
  }

  static open(context: CommandContext, argv: readonly string[], options: ChannelOptions): Promise<SshChannel> {
    if (context.signal.aborted) {
      context.release();
      return Promise.reject(context.aborted());
    }
    return new Promise((resolve, reject) => {
      const splitter = new LineSplitter(options.maxLineBytes);
      let stderr = Buffer.alloc(0);
      let stream: ClientChannel | undefined;
      let end: CommandEnd | null = null;
      let cause: Error | null = null;
      let finish: (end: ChannelEnd) => void = () => undefined;
      const closed = new Promise<ChannelEnd>((settle) => (finish = settle));
      const onAbort = (): void => reject(context.aborted());
      context.signal.addEventListener('abort', onAbort, { once: true });

      startCommand(context.client, argv, {
        onOpen: (opened) => {
          stream = opened;
          if (context.signal.aborted) opened.close();
          context.signal.removeEventListener('abort', onAbort);
          resolve(new SshChannel(opened, closed));
        },
        onStdout: (chunk) => {
          if (cause !== null) return;
          const lines = splitter.push(chunk);
          if (lines === 'too-long') {
            cause = new LineTooLongError(argv, options.maxLineBytes);
            stream?.close();
          } else lines.forEach(options.onLine);
        },
        onStderr: (chunk) => {
          stderr = Buffer.concat([stderr, chunk]).subarray(-stderrTailBytes);
        },
        onExit: (seen) => {
          end = seen;
        },
        onClose: () => {
          context.release();
          finish({ end, cause: cause ?? context.loss() ?? null, stderr: stderr.toString('utf8') });
        },
        onRefused: (error) => {
          context.release();
          context.signal.removeEventListener('abort', onAbort);
          reject(context.loss() ?? context.refused(error));
        },
      });
    });
  }

  /** Sends text or bytes to the command's stdin. After the channel closed it goes nowhere; `closed` tells. */
  write(data: string | Buffer): void {
    if (this.#stream.writable) this.#stream.write(data);
  }

  /** Ends stdin and the channel. The command sees the end of its input. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stream.end();
    this.#stream.close();
    let isOver: () => void = () => undefined;
    const grace = new Promise<void>((resolve) => (isOver = resolve));
    using _timer = timers.after(closeGraceMs, isOver);
    await Promise.race([this.closed, grace]);
  }
}
