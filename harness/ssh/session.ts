import { timers } from '../timers.ts';
import { deadlineSignal, type Wait } from '../wait.ts';
import { SshChannel, type ChannelOptions } from './channel.ts';
import { ChannelRefusedError, CommandTimeoutError, ConnectionLostError } from './errors.ts';
import { runToEnd, type CommandContext, type ExecResult } from './exec.ts';
import { defaultPace, openClient, type ConnectionPace, type OpenClient } from './handshake.ts';
import { Slots } from './slots.ts';
import type { SshTarget } from './target.ts';

export interface ExecOptions {
  readonly wait: Wait;
  readonly stdin?: string | Buffer;
  /** Limit on stdout and stderr together; 16 MiB unless told. */
  readonly maxOutputBytes?: number;
}

/** sshd allows 10 sessions on a connection by default (MaxSessions in sshd_config(5)); two stay free for commands that outlive their channel. */
const maxChannels = 8;
const defaultMaxOutputBytes = 16 * 1024 * 1024;
const closeGraceMs = 2000;

/** One authenticated SSH connection to a lab host whose key was verified. */
export class SshSession implements AsyncDisposable {
  readonly target: SshTarget;
  /** Settles once the connection is over: with its loss, or with undefined where we closed it. Never rejects. */
  readonly closed: Promise<ConnectionLostError | undefined>;
  readonly #client: OpenClient['client'];
  readonly #cut: OpenClient['cut'];
  readonly #slots = new Slots(maxChannels);
  #over: ConnectionLostError | undefined;
  #closing = false;

  private constructor(target: SshTarget, { client, cut }: OpenClient) {
    this.target = target;
    this.#client = client;
    this.#cut = cut;
    let lastError: Error | undefined;
    client.on('error', (error) => (lastError = error));
    this.closed = new Promise((resolve) => {
      client.on('close', () => {
        const reason = this.#closing ? 'it was closed by us' : (lastError?.message ?? 'the other side hung up');
        this.#over = new ConnectionLostError(target, reason, lastError);
        resolve(this.#closing ? undefined : this.#over);
      });
    });
  }

  /**
   * @throws HostKeyMismatchError, AuthenticationError, HostUnreachableError (also when the deadline passes),
   * HandshakeFailedError, or the reason of the caller's signal.
   */
  static async connect(target: SshTarget, wait: Wait, pace: Partial<ConnectionPace> = {}): Promise<SshSession> {
    return new SshSession(target, await openClient(target, wait, { ...defaultPace, ...pace }));
  }

  /**
   * Runs one command to its end. Its stdin is what is given, else empty.
   * After a timeout the command may go on: OpenSSH ignores signal requests for root, so nothing here pretends to kill it.
   *
   * @throws CommandTimeoutError, ConnectionLostError (outcome unknown), ChannelRefusedError, OutputLimitError, or the
   * reason of the caller's signal. An exit code other than 0 is a result, not an error.
   */
  async exec(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    using deadline = deadlineSignal(options.wait, 'a command on the lab host');
    const context = await this.#takeSlot(argv, options.wait, deadline.signal);
    return await runToEnd(context, argv, {
      stdin: options.stdin ?? '',
      maxOutputBytes: options.maxOutputBytes ?? defaultMaxOutputBytes,
    });
  }

  /** Starts a command that goes on until one side ends it; `wait` is for its start only. Errors as of {@link exec}. */
  async open(argv: readonly string[], options: ChannelOptions & { readonly wait: Wait }): Promise<SshChannel> {
    using deadline = deadlineSignal(options.wait, 'a channel to the lab host');
    const context = await this.#takeSlot(argv, options.wait, deadline.signal);
    return await SshChannel.open(context, argv, options);
  }

  async #takeSlot(argv: readonly string[], wait: Wait, signal: AbortSignal): Promise<CommandContext> {
    const aborted = (): Error => {
      if (wait.signal?.aborted !== true) return new CommandTimeoutError(this.target, argv, wait.timeoutMs);
      return wait.signal.reason instanceof Error ? wait.signal.reason : new Error(String(wait.signal.reason));
    };
    const release = await this.#slots.acquire(signal).catch(() => Promise.reject(aborted()));
    return {
      client: this.#client,
      signal,
      release,
      loss: () => this.#over,
      closedWithoutExit: () =>
        this.#over ??
        new ConnectionLostError(this.target, `the channel of "${argv[0] ?? ''}" closed before its command ended`),
      refused: (error) => new ChannelRefusedError(this.target, argv, error),
      aborted,
    };
  }

  /** Says good-bye and waits, a moment at most, for the connection to end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#client.end();
    using _impatience = timers.after(closeGraceMs, this.#cut);
    let stopWaiting: () => void = () => undefined;
    const enough = new Promise<void>((resolve) => (stopWaiting = resolve));
    using _enough = timers.after(2 * closeGraceMs, stopWaiting);
    if (this.#over === undefined) await Promise.race([this.closed, enough]);
  }
}
