import type { DomainSettings } from '../vm/domain-xml.ts';
import { type Check, checkOf, type Finding, ok, warning } from './check.ts';

/** The settings of a libvirt domain. */
export interface DomainSight extends DomainSettings {
  readonly manager: 'libvirt';
  readonly domain: string;
  readonly startsAtBoot: boolean;
}

/** Does a libvirt domain fit passthrough? Which functions it hands over was looked at already. */
export function domainChecks(name: string, sight: DomainSight): Check[] {
  return [
    checkOf('vm', 'machine', machineFinding(name, sight)),
    checkOf('vm', 'ballooning', balloonFinding(name, sight)),
    checkOf('vm', 'autostart', autostartFinding(name, sight)),
  ];
}

function machineFinding(name: string, { machine, domain }: DomainSight): Finding {
  if (machine !== null && /^(?:pc-)?q35\b/.test(machine)) return ok(`q35 (${machine})`);
  return warning(
    `${name} is no q35 machine (${machine ?? 'none is named'}): the guest sees its functions as conventional PCI.`,
    `virsh edit ${domain}: machine='q35'.`,
  );
}

/** vfio pins the whole memory of a VM; what the balloon takes back stays pinned (qemu, hw/vfio: ram_block_discard_disable). */
function balloonFinding(name: string, { memoryKib, currentMemoryKib, domain }: DomainSight): Finding {
  if (memoryKib === null || currentMemoryKib === null || currentMemoryKib >= memoryKib)
    return ok('the memory is fixed');
  return warning(
    `${name} balloons between ${currentMemoryKib} and ${memoryKib} KiB, but passthrough pins all of it.`,
    `virsh edit ${domain}: the same in memory and currentMemory.`,
  );
}

function autostartFinding(name: string, { startsAtBoot, domain }: DomainSight): Finding {
  return startsAtBoot
    ? warning(
        `${name} starts by itself when the host boots: a run that reboots the host would meet a running VM and end.`,
        `virsh autostart --disable ${domain}`,
      )
    : ok('it does not start by itself');
}
