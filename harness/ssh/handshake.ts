import { connect, type Socket } from 'node:net';
import { Client, type ConnectConfig } from 'ssh2';
import type { ComebackError } from '../errors.ts';
import { timers } from '../timers.ts';
import { deadlineSignal, DeadlineError, type Wait } from '../wait.ts';
import { AuthenticationError, HandshakeFailedError, HostKeyMismatchError, HostUnreachableError } from './errors.ts';
import { gatherWrites } from './gather-writes.ts';
import { describeTarget, hostKeyFingerprint, type SshTarget } from './target.ts';

/** How a connection is watched. */
export interface ConnectionPace {
  /** How long the other side may take until it says its first word; a forwarded port accepts long before a guest listens. */
  readonly silenceTimeoutMs: number;
  /** Pause between keepalive requests; a dead peer is noticed after four of them. Too short a pause kills a busy link. */
  readonly keepaliveIntervalMs: number;
}

export const defaultPace: ConnectionPace = { silenceTimeoutMs: 10_000, keepaliveIntervalMs: 10_000 };

/** An authenticated client on its TCP connection. */
export interface OpenClient {
  readonly client: Client;
  /** Cuts the TCP connection. ssh2's own `destroy()` does nothing after `end()`, so a host that hangs would keep us waiting. */
  readonly cut: () => void;
}

/** Its client's `error` event has a listener for good: ssh2 may emit it more than once, and after `close` too. */
export async function openClient(target: SshTarget, wait: Wait, pace: ConnectionPace): Promise<OpenClient> {
  using deadline = deadlineSignal(wait, `an SSH session with ${describeTarget(target)}`);
  const { signal } = deadline;
  signal.throwIfAborted();

  const client = new Client();
  const socket = connect({ host: target.address, port: target.port, noDelay: true });
  gatherWrites(socket);
  using silence = timers.after(pace.silenceTimeoutMs, () =>
    socket.destroy(new Error(`no answer within ${(pace.silenceTimeoutMs / 1000).toFixed(1)} s`)),
  );
  let hangUp: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      hangUp = () => reject(endOfWait(target, signal.reason));
      signal.addEventListener('abort', hangUp, { once: true });
      socket.once('data', () => silence[Symbol.dispose]());
      let agentTrouble: Error | undefined;
      let keysAgreed = false;
      client.on('handshake', () => (keysAgreed = true));
      client.on('error', (error: Error & { level?: string }) => {
        if (error.level === 'agent') agentTrouble = error;
        else if (keysAgreed && error.level === undefined) reject(new AuthenticationError(target, error));
        else reject(classify(target, error, agentTrouble));
      });
      client.on('close', () => reject(new HostUnreachableError(target, 'it hung up during the handshake')));
      client.on('ready', resolve);
      start(client, socket, target, pace, reject);
    });
    return { client, cut: () => socket.destroy() };
  } catch (error) {
    client.destroy();
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener('abort', hangUp);
  }
}

function start(
  client: Client,
  socket: Socket,
  target: SshTarget,
  pace: ConnectionPace,
  reject: (error: Error) => void,
): void {
  const config: ConnectConfig = {
    sock: socket,
    username: target.user,
    ...target.auth,
    readyTimeout: 0,
    keepaliveInterval: pace.keepaliveIntervalMs,
    keepaliveCountMax: 3,
    hostVerifier: (key: Buffer): boolean => {
      try {
        const verdict = target.verifyHostKey(key);
        if (!verdict.accepted) {
          reject(new HostKeyMismatchError(target, verdict.expected, hostKeyFingerprint(key)));
        }
        return verdict.accepted;
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
        return false;
      }
    },
  };
  try {
    client.connect(config);
  } catch (error) {
    // ssh2 parses the key in here. Its words name the format that is wrong, never the key.
    reject(new AuthenticationError(target, error));
  }
}

/** The words of ssh2 and of the socket, in ours. */
function classify(target: SshTarget, error: Error & { level?: string }, agentTrouble?: Error): ComebackError {
  switch (error.level) {
    case 'client-authentication':
      return new AuthenticationError(target, agentTrouble ?? error);
    case 'client-socket':
      return new HostUnreachableError(target, socketTrouble(error), { cause: error });
    case 'protocol':
      // The server closed before it said its name, as sshd does while the host goes down.
      return new HostUnreachableError(target, 'it accepted the connection and closed it again', { cause: error });
    default:
      return new HandshakeFailedError(target, error);
  }
}

const wordsByCode: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the connection was refused (nobody listens on the port)'],
  ['ECONNRESET', 'the connection was reset during the handshake'],
  ['EPIPE', 'the connection was reset during the handshake'],
  ['EHOSTUNREACH', 'there is no route to the host'],
  ['ENETUNREACH', 'there is no route to its network'],
  ['EHOSTDOWN', 'the host is down'],
  ['ETIMEDOUT', 'the connection attempt timed out'],
  ['ENOTFOUND', 'its name is not known'],
  ['EAI_AGAIN', 'its name could not be looked up'],
]);

/** One address that fails is an error with a code; a name with several addresses fails as a bundle of such errors. */
function socketTrouble(error: Error & { code?: unknown; errors?: unknown }): string {
  const first: unknown = Array.isArray(error.errors) ? error.errors[0] : error;
  const code = first instanceof Error && 'code' in first && typeof first.code === 'string' ? first.code : '';
  return wordsByCode.get(code) ?? (error.message === '' ? code : error.message);
}

function endOfWait(target: SshTarget, reason: unknown): Error {
  if (reason instanceof DeadlineError) {
    return new HostUnreachableError(target, `no session within ${(reason.timeoutMs / 1000).toFixed(1)} s`, {
      cause: reason,
    });
  }
  return reason instanceof Error ? reason : new Error(String(reason));
}
