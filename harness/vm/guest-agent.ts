import { ComebackError } from '../errors.ts';
import type { Wait } from '../wait.ts';

/** What came back from a ping of the agent. */
export type GuestPing =
  | { readonly answers: true }
  | {
      readonly answers: false;
      /** No use to ask again: the VM has no agent configured, or does not run. A guest that still boots is just silent. */
      readonly inVain: boolean;
      /** The manager's own words. */
      readonly said: string;
    };

/** How a program inside the guest ended. */
export interface GuestExecResult {
  /** Null where a signal (on Windows: an exception) ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The QEMU guest agent of one VM, as its manager reaches it (QEMU Guest Agent Protocol Reference: guest-ping, guest-exec). */
export interface GuestAgent {
  /** Asks once. Silence is a result, not an error. */
  ping(wait: Wait): Promise<GuestPing>;
  /**
   * Runs a program in the guest to its end; no shell reads the words. An exit code other than 0 is a result, not an error.
   * @throws GuestAgentError where the agent cannot run it, does not answer, or the program does not end in time; it may then go on.
   */
  exec(argv: readonly string[], wait: Wait): Promise<GuestExecResult>;
}

/** The agent could not be asked. It says nothing about a function. */
export class GuestAgentError extends ComebackError {
  override readonly code = 'GUEST_AGENT_FAILED';
  override readonly kind = 'infra';

  constructor(what: string, said: string) {
    super(`The guest agent did not ${what}: ${said.trim() || 'no word'}. Look whether it runs in the guest.`);
  }
}
