import { ComebackError } from '../errors.ts';
import { describeTarget, type SshTarget } from './target.ts';

/** Somebody else answers at the address: nothing may be done there. */
export class HostKeyMismatchError extends ComebackError {
  override readonly code = 'SSH_HOST_KEY_MISMATCH';
  override readonly kind = 'safety';
  readonly expected: string;
  readonly got: string;

  constructor(target: SshTarget, expected: string, got: string) {
    super(
      `${describeTarget(target)} shows the host key ${got}, but ${expected} was expected. Nothing was sent to it. ` +
        'If the host was reinstalled, read its key on its own console and pin it anew; otherwise another machine answers there.',
    );
    this.expected = expected;
    this.got = got;
  }
}

/** No SSH session could be made, for a reason that may pass: worth another attempt while a host boots. */
export class HostUnreachableError extends ComebackError {
  override readonly code = 'SSH_HOST_UNREACHABLE';
  override readonly kind = 'infra';
  readonly reason: string;

  constructor(target: SshTarget, reason: string, options?: { cause?: unknown; attempts?: number }) {
    const tries = options?.attempts === undefined || options.attempts < 2 ? '' : ` after ${options.attempts} attempts`;
    super(
      `Cannot reach ${describeTarget(target)}${tries}: ${reason}. ` +
        'Check that the host is up, that its address and port in the inventory are right, and that sshd listens there.',
      options,
    );
    this.reason = reason;
  }
}

/** Both sides are there, but they cannot agree how to talk, or the other side is no SSH server. */
export class HandshakeFailedError extends ComebackError {
  override readonly code = 'SSH_HANDSHAKE_FAILED';
  override readonly kind = 'infra';

  constructor(target: SshTarget, cause: Error) {
    super(
      `${describeTarget(target)} answers, but no SSH session comes about: ${cause.message}. Check that sshd listens on this port.`,
      { cause },
    );
  }
}

/** The host is the right one and lets us not in. */
export class AuthenticationError extends ComebackError {
  override readonly code = 'SSH_AUTHENTICATION_FAILED';
  override readonly kind = 'infra';

  constructor(target: SshTarget, cause: unknown) {
    super(
      `${describeTarget(target)} does not accept our key. Put its public half into ~${target.user}/.ssh/authorized_keys ` +
        `on the host, or name another key or agent in the inventory. (${cause instanceof Error ? cause.message : 'no detail'})`,
      { cause },
    );
  }
}

/** The connection ended under a command. Whether the command finished on the host is unknown. */
export class ConnectionLostError extends ComebackError {
  override readonly code = 'SSH_CONNECTION_LOST';
  override readonly kind = 'infra';

  constructor(target: SshTarget, reason: string, cause?: unknown) {
    super(
      `The SSH connection to ${describeTarget(target)} is gone: ${reason}. What ran there may have run to its end or not; ` +
        'look at the host before you repeat it.',
      { cause },
    );
  }
}

/** sshd would not open one more channel or start the command. */
export class ChannelRefusedError extends ComebackError {
  override readonly code = 'SSH_CHANNEL_REFUSED';
  override readonly kind = 'infra';
  readonly argv: readonly string[];

  constructor(target: SshTarget, argv: readonly string[], cause: Error) {
    super(
      `${describeTarget(target)} refused a channel for "${shortCommand(argv)}": ${cause.message}. ` +
        'See MaxSessions and ForceCommand in its sshd_config.',
      { cause },
    );
    this.argv = argv;
  }
}

/** A command did not end in its time. It may still be running on the host. */
export class CommandTimeoutError extends ComebackError {
  override readonly code = 'SSH_COMMAND_TIMEOUT';
  override readonly kind = 'infra';
  readonly argv: readonly string[];
  readonly timeoutMs: number;

  constructor(target: SshTarget, argv: readonly string[], timeoutMs: number) {
    super(
      `"${shortCommand(argv)}" did not end on ${describeTarget(target)} within ${(timeoutMs / 1000).toFixed(1)} s; it may still run there.`,
    );
    this.argv = argv;
    this.timeoutMs = timeoutMs;
  }
}

/** A command said more than anybody meant to read. */
export class OutputLimitError extends ComebackError {
  override readonly code = 'SSH_OUTPUT_LIMIT';
  override readonly kind = 'infra';
  readonly argv: readonly string[];
  readonly limitBytes: number;

  constructor(argv: readonly string[], limitBytes: number) {
    super(`"${shortCommand(argv)}" wrote more than ${limitBytes} bytes; its channel was closed.`);
    this.argv = argv;
    this.limitBytes = limitBytes;
  }
}

function shortCommand(argv: readonly string[]): string {
  const line = argv.join(' ').replaceAll(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
