import type { GroupMember, IommuGroup } from '../journal/events.ts';
import { parsePciAddress, type PciAddress, shortAddress } from '../pci/address.ts';
import type { GroupsReading, UsageReading } from '../observer/protocol.ts';
import type { GateResult } from './gate.ts';
import { usesOf } from './usage.ts';

/** PCI class code of any bridge: base class 06 (PCI Code and ID Assignment spec). Bridges stay with the host and are no obstacle. */
const bridgeClass = /^0x06/;

/** The IOMMU groups that hold a passthrough function, with what each member is and what the host does with it. */
export function passthroughGroups(
  groups: GroupsReading,
  usage: UsageReading,
  passedThrough: ReadonlySet<PciAddress>,
): IommuGroup[] {
  const members = new Map<number, GroupMember[]>();
  for (const reading of groups) {
    const address = parsePciAddress(reading.address);
    if (address === undefined) continue;
    const owner = passedThrough.has(address) ? 'vm' : bridgeClass.test(reading.classCode) ? 'bridge' : 'host';
    const member: GroupMember = {
      address,
      id: reading.vendorDevice,
      class: reading.classCode,
      driver: reading.driver,
      owner,
      uses: owner === 'host' ? usesOf(usage, address) : [],
    };
    members.set(reading.group, [...(members.get(reading.group) ?? []), member]);
  }
  return [...members]
    .map(([group, list]) => ({ group, members: list.sort((a, b) => a.address.localeCompare(b.address)) }))
    .filter(({ members: list }) => list.some(({ owner }) => owner === 'vm'))
    .sort((a, b) => a.group - b.group);
}

/**
 * The VM manager binds the whole group to vfio-pci at VM start (Proxmox: PVE/SysFSTools.pm pci_dev_group_bind_to_vfio),
 * so a group that holds anything of the host's takes it away from the host.
 */
export function splitGate(groups: readonly IommuGroup[], passedThrough: ReadonlySet<PciAddress>): GateResult {
  const findings: string[] = [];
  const grouped = new Set(groups.flatMap(({ members }) => members.map(({ address }) => address)));
  for (const address of passedThrough) {
    if (!grouped.has(address)) findings.push(`${shortAddress(address)} is in no IOMMU group: is the IOMMU on?`);
  }
  for (const { group, members } of groups) {
    const ours = members.filter(({ owner }) => owner === 'vm').map(({ address }) => shortAddress(address));
    for (const foreign of members.filter(({ owner }) => owner === 'host')) {
      findings.push(`${ours.join(', ')} shares IOMMU group ${group} with ${describeMember(foreign)}`);
    }
  }
  return { gate: 'split', passed: findings.length === 0, findings };
}

/** `03:00.1 [1022:43c8] SATA controller, driver ahci: disk sda, mounted at /`. */
export function describeMember(member: GroupMember): string {
  const driver = member.driver === null ? 'no driver' : `driver ${member.driver}`;
  const uses = member.uses.length === 0 ? 'no disk or network of the host hangs on it' : member.uses.join('; ');
  return `${shortAddress(member.address)} [${member.id}] ${className(member.class)}, ${driver}: ${uses}`;
}

const classNames: readonly (readonly [prefix: string, name: string])[] = [
  ['0x0106', 'SATA controller'],
  ['0x0108', 'NVMe controller'],
  ['0x01', 'storage controller'],
  ['0x02', 'network controller'],
  ['0x03', 'display controller'],
  ['0x0403', 'audio device'],
  ['0x04', 'multimedia device'],
  ['0x06', 'bridge'],
  ['0x0c03', 'USB controller'],
  ['0x1080', 'encryption controller'],
];

/** The class in the words of pci.ids; the bare code where it is none of those that matter here. */
function className(code: string): string {
  return classNames.find(([prefix]) => code.startsWith(prefix))?.[1] ?? `class ${code}`;
}
