import type { IdentityReading } from '../observer/protocol.ts';
import type { HostIdentity } from '../journal/events.ts';
import type { GateResult } from './gate.ts';

/** The observer's reading in the journal's words. */
export function identityOf(reading: IdentityReading): HostIdentity {
  return {
    hostname: reading.hostname,
    bootId: reading.bootId,
    kernel: reading.kernelRelease,
    commandLine: reading.commandLine,
    boardVendor: reading.boardVendor,
    board: reading.boardName,
    biosVendor: reading.biosVendor,
    bios: reading.biosVersion,
    biosDate: reading.biosDate,
    acsOverrideWarning: reading.acsOverrideWarning,
  };
}

/** What the inventory says the machine must be, before anything on it is touched. */
export interface ExpectedIdentity {
  readonly board: string;
  readonly boardVendor?: string | undefined;
  /** BIOS versions that are allowed; undefined where any is. */
  readonly bios?: readonly string[] | undefined;
  /** `uname -r`; undefined where any will do. */
  readonly kernel?: string | undefined;
}

/**
 * Two machines can answer at one address; the board's own DMI strings tell which one it is
 * (/sys/class/dmi/id, drivers/firmware/dmi-id.c).
 */
export function identityGate(expected: ExpectedIdentity, identity: HostIdentity): GateResult {
  const findings: string[] = [];
  const compare = (what: string, want: string, got: string | null): void => {
    if (got === null) findings.push(`${what} cannot be read from DMI, so the host cannot be proven to be ${want}`);
    else if (got.trim() !== want) findings.push(`${what} is "${got.trim()}", the inventory says "${want}"`);
  };
  compare('board', expected.board, identity.board);
  if (expected.boardVendor !== undefined) compare('board vendor', expected.boardVendor, identity.boardVendor);
  if (expected.bios !== undefined && !expected.bios.includes(identity.bios?.trim() ?? '')) {
    findings.push(`BIOS is "${identity.bios ?? 'unreadable'}", the inventory allows ${expected.bios.join(', ')}`);
  }
  if (expected.kernel !== undefined && expected.kernel !== identity.kernel) {
    findings.push(`kernel is "${identity.kernel}", the inventory says "${expected.kernel}"`);
  }
  return { gate: 'identity', passed: findings.length === 0, findings };
}
