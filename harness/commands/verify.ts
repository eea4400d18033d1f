import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { requireOpen, surveyHost } from '../cycle/preflight.ts';
import { describeMember } from '../host/groups.ts';
import { LabHost } from '../host/lab-host.ts';
import { hostByName, loadInventory } from '../inventory/load.ts';
import type { IommuGroup } from '../journal/events.ts';
import { shortAddress } from '../pci/address.ts';
import { labTarget } from './lab-target.ts';
import { hostOption, inventoryOption, jsonOption } from './options.ts';
import { soakPlan } from './soak-plan.ts';

/** `comeback verify`: is this the right host, and are its groups split? It changes nothing. */
export function verifyCommand(): CommandUnknownOpts {
  return new Command('verify')
    .description('prove that the host is the right one and that its IOMMU groups are split; starts nothing')
    .addOption(hostOption)
    .addOption(inventoryOption)
    .addOption(jsonOption)
    .addHelpText('after', '\nExample:\n  comeback verify --host elysium')
    .action(async (options) => {
      const host = hostByName(await loadInventory(options.inventory), options.host);
      await using lab = await LabHost.connect(await labTarget(host), { timeoutMs: host.timeouts.connectMs });
      const survey = await surveyHost(soakPlan(host, 'verify', 1), lab);
      if (options.json) {
        process.stdout.write(`${JSON.stringify({ host: host.name, ...survey })}\n`);
      } else {
        const { identity } = survey;
        process.stdout.write(
          `${host.name}: ${identity.board ?? 'unknown board'}, BIOS ${identity.bios ?? 'unknown'}, Linux ${identity.kernel}\n` +
            `command line: ${identity.commandLine}\n\n${survey.groups.map(groupText).join('\n')}\n\n`,
        );
      }
      requireOpen(host.name, survey.gates);
      if (!options.json) process.stdout.write('Split: every group holds only what the VM owns.\n');
    });
}

function groupText({ group, members }: IommuGroup): string {
  const lines = members.map((member) => {
    if (member.owner === 'host') return `  HOST  ${describeMember(member)}`;
    const driver = member.driver === null ? 'no driver' : `driver ${member.driver}`;
    const owner = member.owner === 'vm' ? 'VM  ' : 'port';
    return `  ${owner}  ${shortAddress(member.address)} [${member.id}], ${driver}`;
  });
  return [`IOMMU group ${group}`, ...lines].join('\n');
}
