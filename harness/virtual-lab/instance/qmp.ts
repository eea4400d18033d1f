import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { QmpError } from '../errors.ts';
import { type Wait, within } from '../../wait.ts';

/** A message of QEMU (docs/interop/qmp-spec.txt): its greeting, an answer, or an event. */
const message = z.union([
  z.object({ QMP: z.unknown() }).transform(() => ({ kind: 'greeting' as const })),
  z.object({ event: z.string() }).transform(({ event }) => ({ kind: 'event' as const, event })),
  z.object({ return: z.unknown() }).transform((answer) => ({ kind: 'return' as const, value: answer.return })),
  z
    .object({ error: z.object({ desc: z.string() }) })
    .transform(({ error }) => ({ kind: 'error' as const, text: error.desc })),
]);
type Message = z.infer<typeof message>;

/** A connection to QEMU's control socket. Commands are sent one at a time. */
export class QmpClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #text = '';
  #receive: (message: Message) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#onData(chunk));
    // QEMU that ends resets the connection; the close that follows says all there is to say.
    socket.on('error', () => undefined);
  }

  /** @throws QmpError where nobody listens or answers. */
  static async connect(path: string, wait: Wait): Promise<QmpClient> {
    const socket = connect({ path });
    try {
      await within(once(socket, 'connect'), wait, `QEMU's control socket`);
    } catch (cause) {
      socket.destroy();
      throw new QmpError(`QEMU's control socket ${path} does not answer.`, { cause });
    }
    const client = new QmpClient(socket);
    try {
      await within(client.#next(), wait, `QEMU's greeting`);
      await client.execute('qmp_capabilities', wait);
      return client;
    } catch (cause) {
      socket.destroy();
      throw new QmpError(`QEMU's control socket ${path} took the connection and said nothing.`, { cause });
    }
  }

  /**
   * Runs one command.
   *
   * @param parameters its arguments, as docs/interop/qemu-qmp-ref names them.
   * @returns what QEMU answered, unparsed.
   * @throws QmpError where QEMU refuses or goes away.
   */
  async execute(command: string, wait: Wait, parameters?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const answer = this.#next();
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
    const received = await within(answer, wait, `QEMU's answer to ${command}`);
    if (received.kind === 'return') return received.value;
    throw new QmpError(`QEMU refused ${command}: ${received.kind === 'error' ? received.text : received.kind}.`);
  }

  /** Resolves when QEMU closes the connection, which it does when it ends. */
  async closed(wait: Wait): Promise<void> {
    await within(this.#closed, wait, 'QEMU to end');
  }

  async #next(): Promise<Message> {
    return await new Promise<Message>((resolve, reject) => {
      this.#receive = resolve;
      void this.#closed.then(() => reject(new QmpError('QEMU ended before it answered.')));
    });
  }

  #onData(chunk: string): void {
    const lines = `${this.#text}${chunk}`.split('\n');
    this.#text = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const received = understood(line);
      if (received === undefined) this.#socket.destroy();
      else if (received.kind !== 'event') this.#receive(received);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }
}

/** @returns undefined for a line that is no QMP; whoever sends that is not to be talked to. */
function understood(line: string): Message | undefined {
  try {
    return message.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
