import { ComebackError } from '../errors.ts';

/** What befalls this machine, not the lab. */
const ours: ReadonlySet<string> = new Set(['JOURNAL_WRITE_FAILED', 'DISK_NEARLY_FULL']);

/** The connection, the observer, the VM manager or a deadline failed us: nothing of it says anything about a device. */
export function isLabLoss(error: unknown): error is ComebackError {
  return error instanceof ComebackError && error.kind === 'infra' && !ours.has(error.code);
}

/** A loss that a reboot or a power cycle of the host can end; a login that is refused stays refused. */
export function isPassingLoss(error: unknown): error is ComebackError {
  return isLabLoss(error) && error.code !== 'SSH_AUTHENTICATION_FAILED';
}
