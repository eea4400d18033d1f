import { type PciAddress, shortAddress } from '../../pci/address.ts';
import { groupsOf, isBridge, isPassedThrough, type MachineFunction, slotOf } from '../machine.ts';
import { overrideOf, type OverrideSight } from '../override.ts';
import { type Case, type Cause, devicesOf, firsts, nameOf, type Rule, toldBy } from './cause.ts';

/** Groups that a VM can only have whole, and an override that does nothing. */
export const sharedGroups: Rule = (one) => [...shared(one), ...idleOverride(one), ...reservedByFirmware(one)];

function shared(one: Case): Cause[] {
  const { machine } = one;
  const override = overrideOfLastBoot(one);
  const groups = groupsOf(machine);
  const refused = toldBy(one, 'group-not-viable');
  const causes: Cause[] = [];
  for (const [group, members] of groups) {
    const known = members.map((address) => machine.functions.get(address) ?? { address });
    const handed = known.filter((member) => isPassedThrough(member));
    const foreign = known.filter((member) => !isPassedThrough(member) && !isBridge(member));
    const lines = refused.filter(({ fields }) => Number(fields['group']) === group);
    if (handed.length === 0 || foreign.length === 0) continue;
    const others = foreign.map(
      ({ address, driver }) => nameOf(machine, address) + (driver === undefined ? '' : `, driver ${driver}`),
    );
    causes.push({
      id: 'group-shared',
      sure: lines.length > 0 ? 'certain' : 'likely',
      what: `Cannot be passed through alone: IOMMU group ${group} also holds ${listOf(others)}.`,
      functions: handed.map(({ address }) => address),
      why: [
        'a VM gets a whole group or nothing of it; Proxmox takes every function of the group away from the host when the VM starts',
        lines.length > 0
          ? 'QEMU refused the group'
          : 'no refusal was sent: on Proxmox the host may have lost these functions instead',
        `ACS override: ${override.why}`,
      ],
      evidence: [...firsts(lines), ...handed.flatMap(({ passedThrough }) => passedThrough ?? [])],
      next: completesTheCard(handed, foreign) ?? splitSteps(override),
    });
  }
  const covered = new Set(causes.flatMap(({ evidence }) => evidence));
  for (const told of refused.filter(({ first }) => !covered.has(first))) {
    causes.push({
      id: 'group-shared',
      sure: 'certain',
      what: `IOMMU group ${told.fields['group'] ?? ''} holds a function that still has a driver of the host, so no VM may have any of it.`,
      functions: devicesOf([told]),
      why: [
        'QEMU refused the group',
        'who shares it was not sent: "find /sys/kernel/iommu_groups -type l" and "lspci -nnk" tell',
      ],
      evidence: [told.first],
      next: splitSteps(override),
    });
  }
  return causes;
}

/** A GPU and its audio are one card: no group needs to be split where the rest of it can go to the VM too. */
function completesTheCard(
  handed: readonly MachineFunction[],
  foreign: readonly MachineFunction[],
): readonly string[] | undefined {
  const slots = new Set(handed.map(({ address }) => slotOf(address)));
  if (!foreign.every(({ address }) => slots.has(slotOf(address)))) return undefined;
  const names = foreign.map(({ address }) => shortAddress(address)).join(', ');
  const [slot] = slots;
  return [
    `Give the VM ${names} too: it is part of the same card.${slot === undefined ? '' : ` In Proxmox "${slot.replace(/^0000:/, '')}" without a function is the whole card.`}`,
    'Then no group has to be split, and the bus can be reset as a whole.',
  ];
}

function listOf(names: readonly string[]): string {
  return names.slice(0, 6).join('; ') + (names.length > 6 ? ` and ${names.length - 6} more` : '');
}

function splitSteps(override: OverrideSight): string[] {
  const patched =
    'Boot a kernel that carries the ACS override patch (Proxmox, zen, xanmod) with pcie_acs_override=downstream,multifunction. It splits groups in name only: the functions can still reach each other.';
  const steps = {
    on: 'The override is on and does not split this group: it is not used for functions that have an ACS capability of their own.',
    contradictory:
      'The override is asked for, but this kernel does not know it: boot one that carries the patch (Proxmox, zen, xanmod).',
    asked:
      'The override is asked for and the group is not split: this kernel most likely lacks the patch, for its log would say "PCIe ACS overrides enabled". Boot one that carries it (Proxmox, zen, xanmod).',
    off: patched,
    unknown: patched,
  };
  return [
    'Give all functions of the group to the VM where the host can spare them, or try another slot or port.',
    steps[override.state],
  ];
}

function idleOverride(one: Case): Cause[] {
  const override = overrideOfLastBoot(one);
  if (override.state !== 'contradictory' || override.value === undefined) return [];
  return [
    {
      id: 'override-unknown-to-kernel',
      sure: 'likely',
      what: 'The ACS override is on the command line, but this kernel does not carry the patch: nothing is split.',
      functions: [],
      why: [override.why, 'a kernel without the patch ignores the parameter in silence'],
      evidence: [],
      next: ['Boot a kernel that carries the patch (Proxmox, zen, xanmod).'],
    },
  ];
}

function reservedByFirmware(one: Case): Cause[] {
  const told = toldBy(one, 'identity-mapping-required', 'rmrr-locked');
  return told.length === 0
    ? []
    : [
        firmwareReserves(
          told.map(({ first }) => first),
          devicesOf(told),
        ),
      ];
}

function firmwareReserves(evidence: Cause['evidence'], functions: readonly PciAddress[]): Cause {
  return {
    id: 'reserved-by-firmware',
    sure: 'certain',
    what: 'The firmware keeps memory for this device, so the kernel will not give it to a VM.',
    functions,
    why: ['the kernel says so'],
    evidence,
    next: [
      'Look for a BIOS setting that gives the device up (RAID or option ROM off, legacy USB off), or update the BIOS.',
      'On Intel: a kernel with relaxable RMRR (Proxmox: intel_iommu=on,relax_rmrr).',
    ],
  };
}

function overrideOfLastBoot({ machine }: Case): OverrideSight {
  const boot = machine.boots.findLast(({ groups, commandLine }) => groups.size > 0 || commandLine !== undefined);
  return overrideOf(boot ?? { kernelLines: 0, fromStart: false, iommuOn: false, groups: new Map() });
}
