import type { HostIdentity } from '../../journal/events.ts';
import { askedWords, commandLineWords, parameterOf, unmetWords } from './command-line.ts';

/** What a boot was to bring about; what is not named may be anything. */
export interface AskedBoot {
  readonly kernel?: string | undefined;
  /** Words as {@link askedWords} reads them. */
  readonly commandLine?: string | undefined;
  readonly bios?: string | undefined;
}

export interface BootDeparture {
  readonly what: 'boot' | 'kernel' | 'command-line' | 'bios' | 'override';
  readonly finding: string;
}

/** The parameter of the ACS override patch and the only proof that the kernel knows it: its warning in the log (drivers/pci/quirks.c). */
const overrideParameter = 'pcie_acs_override';

/** Everything about a boot that is not as asked; empty where all is proven. What cannot be read is not proven. */
export function bootDepartures(asked: AskedBoot, bootIdBefore: string, identity: HostIdentity): BootDeparture[] {
  const departures: BootDeparture[] = [];
  const note = (what: BootDeparture['what'], finding: string): void => void departures.push({ what, finding });
  if (identity.bootId === bootIdBefore) note('boot', `the boot_id is still ${bootIdBefore}: the host was not rebooted`);
  if (asked.kernel !== undefined && identity.kernel !== asked.kernel) {
    note('kernel', `Linux ${identity.kernel} runs, ${asked.kernel} was asked for`);
  }
  if (asked.bios !== undefined && identity.bios?.trim() !== asked.bios.trim()) {
    note('bios', `the BIOS is ${identity.bios ?? 'unreadable'}, ${asked.bios} was asked for`);
  }
  if (asked.commandLine === undefined) return departures;
  const words = askedWords(asked.commandLine);
  for (const finding of unmetWords(words, identity.commandLine)) note('command-line', finding);
  const given = commandLineWords(identity.commandLine).some((word) => parameterOf(word) === overrideParameter);
  const wanted = words.words.some((word) => parameterOf(word) === overrideParameter);
  if (wanted && given && identity.acsOverrideWarning !== true) {
    note(
      'override',
      identity.acsOverrideWarning === null
        ? `whether Linux ${identity.kernel} took ${overrideParameter} cannot be told: its log does not reach back to the boot`
        : `Linux ${identity.kernel} never said "PCIe ACS overrides enabled": it lacks the override patch`,
    );
  }
  if (words.absent.includes(overrideParameter) && identity.acsOverrideWarning === true) {
    note('override', `the kernel said "PCIe ACS overrides enabled", asked to run without ${overrideParameter}`);
  }
  return departures;
}
