import type { Boot } from './machine.ts';

/**
 * Whether the ACS override patch is at work (drivers/pci/quirks.c of kernels that carry it). `contradictory`: the command line and the
 * kernel do not say the same. `asked`: it stands on the command line, but the log is an excerpt that may lack the kernel's answer.
 */
export type OverrideState = 'on' | 'off' | 'asked' | 'contradictory' | 'unknown';

/** What is known of the override in one boot. */
export interface OverrideSight {
  readonly state: OverrideState;
  /** Value of `pcie_acs_override=`. */
  readonly value?: string;
  /** In plain words, with the reason. */
  readonly why: string;
}

/** A log with fewer lines of the kernel was cut down by whoever sent it. */
const wholeLogLines = 60;

export function overrideOf({ commandLine, overrideWarning, fromStart, kernelLines }: Boot): OverrideSight {
  const value = parameter(commandLine, 'pcie_acs_override');
  const misspelt = parameter(commandLine, 'pci_acs_override');
  const given = value === undefined ? {} : { value };
  if (overrideWarning !== undefined) {
    if (commandLine === undefined || value !== undefined) {
      return { state: 'on', ...given, why: 'the kernel says that ACS overrides are enabled' };
    }
    return {
      state: 'contradictory',
      why: 'the kernel says that ACS overrides are enabled, but its command line holds no pcie_acs_override: the two are of different boots, or the command line was cut',
    };
  }
  if (value !== undefined) {
    const asked = `pcie_acs_override=${value} is on the command line`;
    return fromStart && kernelLines >= wholeLogLines
      ? {
          state: 'contradictory',
          value,
          why: `${asked}, but the kernel never says that it is enabled: it lacks the patch`,
        }
      : { state: 'asked', value, why: `${asked}; the log is too short to show whether the kernel has the patch` };
  }
  if (misspelt !== undefined) {
    return {
      state: 'off',
      why: `the command line says pci_acs_override=${misspelt}, which no kernel knows: it must be pcie_acs_override`,
    };
  }
  if (commandLine !== undefined) return { state: 'off', why: 'the command line does not ask for it' };
  return fromStart && kernelLines >= wholeLogLines
    ? { state: 'off', why: 'the log begins with the boot and the kernel says nothing of it' }
    : { state: 'unknown', why: 'neither the command line nor the begin of the boot was sent' };
}

function parameter(commandLine: string | undefined, name: string): string | undefined {
  const word = commandLine?.split(/\s+/).findLast((one) => one.startsWith(`${name}=`));
  return word?.slice(name.length + 1);
}
