import type { HostIdentity } from '../journal/events.ts';

/**
 * Why the override may not be in force although somebody asked for it: a kernel without the patch ignores the parameter in silence.
 * Advice only; whether the groups are split is decided by the groups.
 *
 * @param expected value of `pcie_acs_override=` in the inventory; undefined where the host needs none.
 */
export function overrideAdvice(expected: string | undefined, identity: HostIdentity): string[] {
  if (expected === undefined) return [];
  const given = commandLineValue(identity.commandLine, 'pcie_acs_override');
  if (given === undefined) {
    return [`the kernel was booted without pcie_acs_override=${expected}; add it to the command line and reboot`];
  }
  if (given !== expected) {
    return [`pcie_acs_override is "${given}", the inventory expects "${expected}"`];
  }
  if (identity.acsOverrideWarning === false) {
    return [
      'pcie_acs_override is on the command line, but the kernel never said "PCIe ACS overrides enabled": it lacks the ACS override patch',
    ];
  }
  return [];
}

/** The last value of `name=` on a kernel command line; quotes are not parsed, no parameter here needs them. */
function commandLineValue(commandLine: string, name: string): string | undefined {
  const words = commandLine.split(/\s+/).filter((word) => word.startsWith(`${name}=`));
  return words.at(-1)?.slice(name.length + 1);
}
