import { connect, type NetConnectOpts } from 'node:net';
import { deadlineSignal, orAborted } from '../../wait.ts';
import type { ConsoleSource, ConsoleStream } from './source.ts';

const connectTimeoutMs = 10_000;
/** A terminal server that lost its power closes nothing: only keep-alive probes find out. */
const keepAliveMs = 15_000;

/** A console behind a TCP port, as ser2net (in raw mode), conserver or a serial server offers it. */
export function tcpConsole(address: string, port: number): ConsoleSource {
  const host = address.includes(':') ? `[${address}]` : address;
  return socketConsole(`tcp://${host}:${port}`, { host: address, port });
}

/** A console behind a UNIX socket, as QEMU offers it with `-serial unix:PATH,server=on,wait=off`. */
export function unixConsole(path: string): ConsoleSource {
  return socketConsole(`unix:${path}`, { path });
}

function socketConsole(description: string, options: NetConnectOpts): ConsoleSource {
  return {
    description,
    open: async (signal): Promise<ConsoleStream> => {
      using deadline = deadlineSignal({ timeoutMs: connectTimeoutMs, signal }, `a connection to ${description}`);
      deadline.signal.throwIfAborted();
      const socket = connect(options);
      const close = (): void => void socket.destroy();
      try {
        await orAborted(
          new Promise<void>((resolve, reject) => {
            socket.once('connect', resolve);
            socket.once('error', reject);
          }),
          deadline.signal,
        );
      } catch (error) {
        socket.on('error', () => undefined);
        socket.destroy();
        throw error;
      }
      socket.setKeepAlive(true, keepAliveMs);
      signal.addEventListener('abort', close, { once: true });
      return {
        chunks: socket,
        [Symbol.asyncDispose]: () => {
          signal.removeEventListener('abort', close);
          socket.on('error', () => undefined);
          socket.destroy();
          return Promise.resolve();
        },
      };
    },
  };
}
