import { ComebackError } from '../errors.ts';
import { VmWontStopError } from './vm-wont-stop.ts';

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

/** What a host gives up on that takes a connection and then answers nothing. */
const silences: ReadonlySet<string> = new Set(['DEADLINE_PASSED', 'SSH_COMMAND_TIMEOUT', 'OBSERVER_EDGE_READ_HUNG']);

/** The host was there and did not do what it was asked; a connection that was cut says nothing of that kind. */
export function isSilence(error: ComebackError): boolean {
  return silences.has(error.code);
}

/** Losses after which the run is over, for going on would do harm or could only repeat them. */
const lastLosses: ReadonlySet<string> = new Set(['LAB_TAKEN_OVER', 'REBOOT_BUDGET_SPENT']);

/** A loss that no reconnection may mend. */
export function endsRun(error: ComebackError): boolean {
  if (error instanceof VmWontStopError) return !error.mayCutPower;
  return lastLosses.has(error.code);
}
