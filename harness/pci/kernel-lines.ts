import type { PciAddress } from './address.ts';
import { logCatalogue } from './kernel-catalogue/catalogue.ts';
import type { LogLine } from './kernel-catalogue/log-line.ts';
import { recogniseKernelText } from './kernel-catalogue/recognise.ts';

/** What the kernel said of one function or port. */
export interface KernelSign {
  readonly symptom: NonNullable<LogLine['accuses']>;
  /** The function that the line accuses: the source of a transaction or an error, not the port that reported it. */
  readonly device: PciAddress;
}

/** The lines of the catalogue that alone are enough to charge a function. */
export const accusingLines: readonly LogLine[] = logCatalogue.filter((line) => line.accuses !== undefined);

/**
 * What a line of the kernel log says against a function. Errors that the hardware corrected, waits that ended well and
 * whatever else a healthy start prints say nothing.
 *
 * @returns undefined also where the line names no function.
 */
export function recogniseKernelLine(text: string): KernelSign | undefined {
  const found = recogniseKernelText(text);
  const symptom = found?.line.accuses;
  return symptom === undefined || found?.device === undefined ? undefined : { symptom, device: found.device };
}
