import type { Client, ClientChannel } from 'ssh2';
import { quoteArgv } from './quote.ts';

/** How a remote command ended: with a status, or by a signal such as `SIGKILL`. */
export type CommandEnd =
  { readonly exitCode: number; readonly signal: null } | { readonly exitCode: null; readonly signal: string };

/** Listeners of one channel. They are attached in the very turn in which it opens, for its end may come in the same packet. */
export interface CommandListeners {
  readonly onOpen: (stream: ClientChannel) => void;
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** The command ended; output that was still under way may follow. */
  readonly onExit: (end: CommandEnd) => void;
  readonly onClose: () => void;
  /** The channel or the command was refused, or the connection went before either came about. */
  readonly onRefused: (error: Error) => void;
}

/** Opens a channel and starts a command in it. Every way in which ssh2 reports failure ends in `onRefused`. */
export function startCommand(client: Client, argv: readonly string[], listeners: CommandListeners): void {
  const line = quoteArgv(argv);
  try {
    client.exec(line, (error, stream) => {
      if (error !== undefined) {
        listeners.onRefused(error instanceof Error ? error : new Error('the command was refused'));
        return;
      }
      stream.on('error', () => undefined);
      stream.stderr.on('error', () => undefined);
      stream.on('exit', (code: number | null, signal?: string) => {
        if (code !== null) listeners.onExit({ exitCode: code, signal: null });
        else listeners.onExit({ exitCode: null, signal: signal ?? 'unknown signal' });
      });
      stream.on('close', listeners.onClose);
      stream.on('data', listeners.onStdout);
      stream.stderr.on('data', listeners.onStderr);
      listeners.onOpen(stream);
    });
  } catch (error) {
    // After the connection closed, exec() throws at once instead of calling back.
    listeners.onRefused(error instanceof Error ? error : new Error(String(error)));
  }
}
