import { type ComebackError, exitCodes } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';

/** `stops-a-run`: `soak` would refuse or fail because of it. `not-checked`: it could not be looked at, so nothing is known. */
export type CheckStatus = 'ok' | 'warning' | 'stops-a-run' | 'not-checked';

export type CheckArea = 'controller' | 'inventory' | 'host' | 'function' | 'vm';

/** What was found, and what to do about it. */
export interface Finding {
  readonly status: CheckStatus;
  /** One sentence. */
  readonly says: string;
  /** One line; null where nothing needs to be done. */
  readonly mend: string | null;
  /** The exit code that a run would end with; null where none would. */
  readonly exitCode: number | null;
}

/** One thing that was looked at. Several findings may bear the same name. */
export interface Check extends Finding {
  readonly area: CheckArea;
  /** Stable name, such as `iommu` or `reset-methods`. */
  readonly check: string;
  readonly function: PciAddress | null;
}

export function ok(says: string): Finding {
  return { status: 'ok', says, mend: null, exitCode: null };
}

export function warning(says: string, mend: string): Finding {
  return { status: 'warning', says, mend, exitCode: null };
}

/** @param exitCode that of a refusal for safety, unless a run would end otherwise. */
export function stopsRun(says: string, mend: string, exitCode: number = exitCodes.safety): Finding {
  return { status: 'stops-a-run', says, mend, exitCode };
}

export function notChecked(says: string, mend: string): Finding {
  return { status: 'not-checked', says, mend, exitCode: null };
}

/** A finding of a gate, which is a part of a sentence, as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What comeback itself says of an error: its first sentence is the finding, the rest is what to do. */
export function findingOf(error: ComebackError): Finding {
  const [, says = error.message, mend = ''] = /^(.*?\.)\s+([A-Z].*)$/s.exec(error.message) ?? [];
  return stopsRun(says, mend === '' ? 'See the message.' : mend, error.exitCode);
}

export function checkOf(area: CheckArea, check: string, finding: Finding, address: PciAddress | null = null): Check {
  return { area, check, function: address, ...finding };
}

/** One check a finding, or the one that all is well. */
export function checksOf(
  area: CheckArea,
  check: string,
  findings: readonly Finding[],
  wellSaid: string,
  address: PciAddress | null = null,
): Check[] {
  const all = findings.length > 0 ? findings : [ok(wellSaid)];
  return all.map((finding) => checkOf(area, check, finding, address));
}

/** A wrong inventory outweighs a host that cannot be reached, and that a refusal: what comes first hides the rest. */
export function exitCodeAfter(checks: readonly Check[]): number {
  const codes = checks.flatMap(({ exitCode }) => exitCode ?? []);
  return codes.length === 0 ? exitCodes.ok : Math.min(...codes);
}
