import type { JournalEventOf } from '../journal/events.ts';
import { type KernelSign, recogniseKernelLine } from '../pci/kernel-lines.ts';
import type { PciAddress } from '../pci/address.ts';
import type { FunctionHealth } from '../pci/health.ts';
import type { Departure } from '../pci/symptoms.ts';

/** A line of the kernel log that speaks against a function or a port, and the journal event that holds it. */
export interface KernelFinding extends KernelSign {
  readonly text: string;
  readonly n: number;
}

/** @returns undefined for a line that accuses nobody, and for the count of a line that the journal had before. */
export function kernelFinding({ text, n, repeats }: JournalEventOf<'kernel'>): KernelFinding | undefined {
  const sign = repeats === undefined ? recogniseKernelLine(text) : undefined;
  return sign === undefined ? undefined : { ...sign, text, n };
}

/** The same for all lines that differ only in addresses of memory, counts and times. */
export function signatureOf({ symptom, device, text }: KernelFinding): string {
  return `${symptom} ${device} ${text.replaceAll(/0x[0-9a-f]+|\d+/gi, '#')}`;
}

/** The findings with one more, the first of each kind kept: a function can be accused of the same thing a thousand times. */
export function withFinding(
  findings: readonly KernelFinding[],
  finding: KernelFinding | undefined,
): readonly KernelFinding[] {
  if (finding === undefined) return findings;
  const signature = signatureOf(finding);
  return findings.some((known) => signatureOf(known) === signature) ? findings : [...findings, finding];
}

/**
 * What the kernel said against this function, or against the port above it and so against all below that port.
 *
 * @param noise signatures of what the kernel said before the first VM start: the board's own talk, which proves nothing.
 */
export function kernelDepartures(
  findings: readonly KernelFinding[],
  noise: ReadonlySet<string>,
  address: PciAddress,
  reference: FunctionHealth | undefined,
): { readonly departures: readonly Departure[]; readonly n: number }[] {
  return findings
    .filter(({ device }) => device === address || device === reference?.bridge?.address)
    .filter((finding) => !noise.has(signatureOf(finding)))
    .map(({ symptom, text, n }) => ({ departures: [{ symptom, reading: `the kernel said "${text}"` }], n }));
}
