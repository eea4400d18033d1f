import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { LineSplitter } from '../../ssh/lines.ts';
import { DeadlineError, deadlineSignal, orAborted, type Wait } from '../../wait.ts';
import { PowerDeviceError } from './errors.ts';
import { shortened } from './http.ts';

const message = z.union([
  z.object({ QMP: z.unknown() }),
  z.object({ event: z.string() }),
  z.object({ return: z.unknown(), id: z.number().optional() }),
  z.object({ error: z.object({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
]);
const runState = z.object({ status: z.string() });

const maxLineBytes = 1024 * 1024;

/** One conversation with QEMU's control protocol (docs/interop/qmp-spec). QEMU serves one client at a time; the next one waits. */
export class QmpClient implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #description: string;
  readonly #waiting: ((outcome: z.output<typeof message> | Error) => void)[] = [];
  readonly #closed: Promise<void>;
  #ended: Error | undefined;

  private constructor(socket: Socket, description: string) {
    this.#socket = socket;
    this.#description = description;
    const lines = new LineSplitter(maxLineBytes);
    socket.on('data', (chunk: Buffer) => {
      const complete = lines.push(chunk);
      if (complete === 'too-long') this.#end(new Error('it sent a line without end'));
      else for (const line of complete) this.#onLine(line);
    });
    socket.on('error', (error) => this.#end(error));
    this.#closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#end(new Error('it closed the connection'));
        resolve();
      });
    });
  }

  /**
   * @returns undefined where nobody listens: QEMU is not there. (The socket's file may outlive a QEMU that was killed.)
   * @throws PowerDeviceError
   */
  static async connect(path: string, description: string, wait: Wait): Promise<QmpClient | undefined> {
    const socket = connect({ path });
    const client = new QmpClient(socket, description);
    try {
      await client.#next(wait, 'greeting');
      await client.execute('qmp_capabilities', wait);
      return client;
    } catch (error) {
      socket.destroy();
      if (nobodyListens(client.#ended)) return undefined;
      throw error;
    }
  }

  /** @throws PowerDeviceError where QEMU refuses, goes away or is silent. */
  async execute(command: string, wait: Wait): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute: command })}\n`);
    const reply = await this.#next(wait, `answer to ${command}`);
    if ('return' in reply) return reply.return;
    const reason = 'error' in reply ? `${command}: ${reply.error.desc}` : `${command}: an answer out of turn`;
    throw new PowerDeviceError(this.#description, reason, { refused: true });
  }

  async status(wait: Wait): Promise<z.output<typeof runState>> {
    const parsed = runState.safeParse(await this.execute('query-status', wait));
    if (parsed.success) return parsed.data;
    throw new PowerDeviceError(this.#description, 'query-status: no status', { refused: false, cause: parsed.error });
  }

  /** Ends QEMU at once, which closes the connection, sometimes before the answer. */
  async quit(wait: Wait): Promise<void> {
    using deadline = deadlineSignal(wait, 'end of QEMU');
    this.#socket.write(`${JSON.stringify({ execute: 'quit' })}\n`);
    try {
      await orAborted(this.#closed, deadline.signal);
    } catch (error) {
      wait.signal?.throwIfAborted();
      throw failure(this.#description, error);
    }
  }

  async #next(wait: Wait, what: string): Promise<z.output<typeof message>> {
    using deadline = deadlineSignal(wait, what);
    const outcome = new Promise<z.output<typeof message>>((resolve, reject) => {
      if (this.#ended !== undefined) reject(this.#ended);
      else this.#waiting.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });
    try {
      return await orAborted(outcome, deadline.signal);
    } catch (error) {
      wait.signal?.throwIfAborted();
      throw failure(this.#description, error);
    }
  }

  #onLine(line: string): void {
    try {
      const parsed = message.parse(JSON.parse(line));
      if (!('event' in parsed)) this.#waiting.shift()?.(parsed);
    } catch (cause) {
      this.#end(new Error(`it does not speak QMP: ${shortened(line)}`, { cause }));
    }
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#socket.destroy();
    for (const settle of this.#waiting.splice(0)) settle(this.#ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    await this.#closed;
  }
}

function nobodyListens(error: Error | undefined): boolean {
  return error !== undefined && 'code' in error && (error.code === 'ENOENT' || error.code === 'ECONNREFUSED');
}

function failure(description: string, error: unknown): PowerDeviceError {
  if (error instanceof PowerDeviceError) return error;
  const reason =
    error instanceof DeadlineError
      ? `no ${error.waitedFor} came within ${(error.timeoutMs / 1000).toFixed(1)} s`
      : error instanceof Error
        ? error.message
        : String(error);
  return new PowerDeviceError(description, reason, { refused: false, cause: error });
}
