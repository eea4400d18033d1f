import type { ChannelEnd, SshChannel } from '../ssh/channel.ts';
import type { SshSession } from '../ssh/session.ts';
import { deadlineSignal, orAborted, type Wait } from '../wait.ts';
import {
  EdgeReadHungError,
  LabTakenOverError,
  ObserverLostError,
  ObserverProtocolError,
  ObserverRequestError,
} from './errors.ts';
import { Pending } from './pending.ts';
import { observerMessage, type ObserverEvent, type ObserverMessage, protocolVersion } from './protocol.ts';
import { observerProgram } from './source.ts';

export type Hello = Extract<ObserverMessage, { t: 'hello' }>;
type Reply = Extract<ObserverMessage, { t: 'reply' }>;
/** A request that was done; its result is still to be parsed. */
export type Answer = Extract<Reply, { ok: true }>;

const maxLineBytes = 1024 * 1024;
/** The observer ends itself after 90 s without a word from us. */
const heartbeatMs = 20_000;

/** The wire to one observer: its program goes up, requests follow, replies and events come back. */
export class ObserverConnection implements AsyncDisposable {
  /** Settles when the observer is gone without our doing. Never rejects. */
  readonly lost: Promise<ObserverLostError | LabTakenOverError>;
  readonly pending = new Pending();
  readonly #host: string;
  readonly #channel: SshChannel;
  readonly #onEvent: (event: ObserverEvent) => void;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  readonly #hello: Promise<Hello>;
  #greet: (hello: Hello) => void = () => undefined;
  #greeted = false;
  #closing = false;
  #lastId = 0;
  #reportLoss: (loss: ObserverLostError | LabTakenOverError) => void = () => undefined;

  private constructor(session: SshSession, channel: SshChannel, onEvent: (event: ObserverEvent) => void) {
    this.#host = session.target.description;
    this.#channel = channel;
    this.#onEvent = onEvent;
    this.#hello = new Promise((resolve) => (this.#greet = resolve));
    this.lost = new Promise((resolve) => (this.#reportLoss = resolve));
    const heartbeat = setInterval(() => channel.write('0 ping\n'), heartbeatMs).unref();
    void channel.closed.then((end) => {
      clearInterval(heartbeat);
      this.#end(this.#closing ? 'we closed it' : whyClosed(end), end.cause);
    });
  }

  /**
   * @param onEvent gets every event, in the order in which the host told them. @throws by it end the observer.
   * @throws ObserverLostError where perl is missing or dies, DeadlineError, or what {@link SshSession.open} throws.
   */
  static async start(
    session: SshSession,
    wait: Wait,
    onEvent: (event: ObserverEvent) => void,
  ): Promise<{ connection: ObserverConnection; hello: Hello }> {
    const what = `the observer on ${session.target.description} to start`;
    using deadline = deadlineSignal(wait, what);
    const { argv, source } = await observerProgram();
    // Before the program was sent, only a login shell can have said something.
    let deliver: (line: string) => void = () => undefined;
    const channel = await session.open(argv, {
      wait: { timeoutMs: wait.timeoutMs, signal: deadline.signal },
      maxLineBytes,
      onLine: (line) => deliver(line),
    });
    const connection = new ObserverConnection(session, channel, onEvent);
    deliver = (line) => connection.#onLine(line);
    channel.write(source);
    try {
      const hello = await orAborted(connection.pending.wait(connection.#hello, wait, what), deadline.signal);
      return { connection, hello };
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** @throws ObserverRequestError, EdgeReadHungError, ObserverLostError, DeadlineError, or the reason of the caller's signal. */
  async request(verb: string, words: readonly string[], wait: Wait): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    const replied = new Promise<Reply>((resolve) => this.#replies.set(id, resolve));
    this.#channel.write(`${[String(id), verb, ...words].join(' ')}\n`);
    try {
      const reply = await this.pending.wait(replied, wait, `the observer on ${this.#host} to answer "${verb}"`);
      if (reply.ok) return reply;
      if (reply.error === 'edge-read-hung') throw new EdgeReadHungError(reply.message);
      throw new ObserverRequestError(verb, reply.error, reply.message);
    } finally {
      this.#replies.delete(id);
    }
  }

  /** A request whose answer nobody waits for: what it makes the observer tell comes as events. */
  order(verb: string): void {
    this.#lastId += 1;
    this.#channel.write(`${this.#lastId} ${verb}\n`);
  }

  #onLine(line: string): void {
    if (this.pending.ended !== undefined) return;
    // The login shell may still be greeting when the program is on its way.
    if (!this.#greeted && !line.startsWith('{"t":"hello"')) return;
    try {
      this.#onMessage(observerMessage.parse(JSON.parse(line)));
    } catch (error) {
      const broken = new ObserverProtocolError('in a line', line, error);
      this.#end(broken.message, broken);
      void this.#channel[Symbol.asyncDispose]();
    }
  }

  #onMessage(message: ObserverMessage): void {
    if (message.t === 'reply') {
      this.#replies.get(message.id)?.(message);
      return;
    }
    if (message.t === 'ousted') this.#endWith(new LabTakenOverError(this.#host, message.by));
    if (message.t === 'hello') {
      if (message.protocol !== protocolVersion) throw new Error(`protocol ${message.protocol}, not ${protocolVersion}`);
      this.#greeted = true;
      this.#greet(message);
    }
    this.#onEvent(message);
  }

  #end(reason: string, cause: unknown): void {
    this.#endWith(new ObserverLostError(this.#host, reason, cause));
  }

  #endWith(loss: ObserverLostError | LabTakenOverError): void {
    this.pending.end(loss);
    if (!this.#closing) this.#reportLoss(loss);
  }

  /** Ends the observer: it sees the end of its requests and leaves nothing behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.#channel[Symbol.asyncDispose]();
  }
}

function whyClosed({ end, cause, stderr }: ChannelEnd): string {
  const said = stderr.trim() === '' ? '' : ` (it said: ${stderr.trim()})`;
  if (end === null) return `${cause?.message ?? 'its channel closed'}${said}`;
  if (end.signal !== null) return `it was killed by ${end.signal}${said}`;
  if (end.exitCode === 127) return `perl is not on the host${said}`;
  return `it ended with exit code ${end.exitCode}${said}`;
}
