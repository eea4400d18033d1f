import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { NetconsoleRecords } from './netconsole-records.ts';
import type { ConsoleChunk, ConsoleSource, ConsoleStream } from './source.ts';

export interface NetconsoleOptions {
  /** Address of the controller to listen on. */
  readonly address: string;
  /** UDP port; netconsole's own default is 6666. 0 takes any. */
  readonly port: number;
  /** Only datagrams from this IP address count: anybody can send to a UDP port. Absent: all do. */
  readonly from?: string | undefined;
  /** Told once the port is open. */
  readonly onListening?: (port: number) => void;
}

const maxWaiting = 20_000;

/** The kernel's own console over UDP (modprobe netconsole), basic and extended format. It needs no cable, and no host that reads. */
export function netconsole(options: NetconsoleOptions): ConsoleSource {
  const { address, port, from } = options;
  return {
    description: `netconsole ${isIPv6(address) ? `[${address}]` : address}:${port}`,
    open: async (signal): Promise<ConsoleStream> => {
      signal.throwIfAborted();
      const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 });
      const queue = new ChunkQueue(signal);
      const records = new NetconsoleRecords();
      socket.on('message', (datagram: Buffer, sender: RemoteInfo) => {
        if (from !== undefined && sender.address !== from) return;
        const text = records.push(datagram);
        if (text?.note !== undefined) queue.put({ note: text.note });
        if (text !== undefined) queue.put(text.bytes);
      });
      try {
        socket.bind(port, address);
        await once(socket, 'listening', { signal });
      } catch (error) {
        socket.close();
        throw error;
      }
      socket.on('error', (error) => queue.fail(error));
      options.onListening?.(socket.address().port);
      return {
        chunks: queue,
        [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
      };
    },
  };
}

/** Datagrams wait here; the oldest give way where nobody takes them. */
class ChunkQueue implements AsyncIterable<ConsoleChunk> {
  readonly #signal: AbortSignal;
  #waiting: ConsoleChunk[] = [];
  #dropped = 0;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  put(chunk: ConsoleChunk): void {
    if (this.#waiting.length >= maxWaiting) this.#dropped += 1;
    else this.#waiting.push(chunk);
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ConsoleChunk> {
    const wake = (): void => this.#wake();
    this.#signal.addEventListener('abort', wake);
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        if (this.#failure !== undefined) throw this.#failure;
        const taken = this.#waiting;
        this.#waiting = [];
        yield* taken;
        if (this.#dropped > 0) yield { note: `netconsole: ${this.#dropped} datagrams came too fast to be kept` };
        this.#dropped = 0;
        if (this.#waiting.length > 0 || this.#signal.aborted) continue;
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.#signal.removeEventListener('abort', wake);
    }
  }
}
