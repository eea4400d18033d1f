import type { Client, ClientChannel } from 'ssh2';
import { timers } from '../timers.ts';
import { startCommand, type CommandEnd } from './command.ts';
import { OutputLimitError } from './errors.ts';

/** What a command that ended left behind. Output is UTF-8, decoded once; bytes that are none become U+FFFD. */
export type ExecResult = CommandEnd & {
  readonly stdout: string;
  readonly stderr: string;
};

/** What a running command needs to know about the session it runs in. */
export interface CommandContext {
  readonly client: Client;
  readonly signal: AbortSignal;
  /** Gives the channel's slot back, once the channel is closed on both sides. */
  readonly release: () => void;
  /** The connection's loss, or undefined while it stands. */
  readonly loss: () => Error | undefined;
  readonly closedWithoutExit: () => Error;
  readonly refused: (error: Error) => Error;
  readonly aborted: () => Error;
}

/**
 * A child that the command left in the background may hold its output open for ever, and sshd then never closes the
 * channel. So a command that has exited is over once it has said nothing for this long.
 */
const quietAfterExitMs = 5000;

export function runToEnd(
  context: CommandContext,
  argv: readonly string[],
  options: { readonly stdin: string | Buffer; readonly maxOutputBytes: number },
): Promise<ExecResult> {
  const { signal } = context;
  if (signal.aborted) {
    context.release();
    return Promise.reject(context.aborted());
  }
  return new Promise((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    let outputBytes = 0;
    let stream: ClientChannel | undefined;
    let end: CommandEnd | undefined;
    let quiet: Disposable | undefined;
    let settled = false;

    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      quiet?.[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
      finish();
      stream?.close();
    };
    const onAbort = (): void => settle(() => reject(context.aborted()));
    const succeed = (): void =>
      settle(() => {
        if (end === undefined) reject(context.closedWithoutExit());
        else resolve({ ...end, stdout: decode(stdout), stderr: decode(stderr) });
      });
    const waitForQuiet = (): void => {
      quiet?.[Symbol.dispose]();
      quiet = timers.after(quietAfterExitMs, succeed);
    };
    const collect = (into: Buffer[]) => (chunk: Buffer) => {
      if (settled) return;
      outputBytes += chunk.length;
      if (outputBytes > options.maxOutputBytes) {
        settle(() => reject(new OutputLimitError(argv, options.maxOutputBytes)));
        return;
      }
      into.push(chunk);
      if (end !== undefined) waitForQuiet();
    };

    signal.addEventListener('abort', onAbort, { once: true });
    startCommand(context.client, argv, {
      onOpen: (opened) => {
        stream = opened;
        if (settled) opened.close();
        else opened.end(options.stdin);
      },
      onStdout: collect(stdout),
      onStderr: collect(stderr),
      onExit: (seen) => {
        end = seen;
        if (!settled) waitForQuiet();
      },
      onClose: () => {
        context.release();
        const loss = context.loss();
        // An exit status followed by a lost connection may have lost output with it.
        if (loss !== undefined) settle(() => reject(loss));
        else succeed();
      },
      onRefused: (error) => {
        context.release();
        settle(() => reject(context.loss() ?? context.refused(error)));
      },
    });
  });
}

function decode(chunks: Buffer[]): string {
  return Buffer.concat(chunks).toString('utf8');
}
