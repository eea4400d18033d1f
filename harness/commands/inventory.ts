import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { exitCodes } from '../errors.ts';
import type { Inventory, LabHostConfig } from '../inventory/config.ts';
import { formatJson, inventoryJsonSchema } from '../inventory/json-schema.ts';
import { loadInventory } from '../inventory/load.ts';
import { InventoryError } from '../inventory/problem.ts';
import { shortAddress } from '../pci/address.ts';
import { plannedVmOf } from '../vm/vm-manager-of.ts';
import { inventoryOption, jsonOption } from './options.ts';

/** `comeback inventory`: is the lab inventory right, and what may stand in it. Talks to no host. */
export function inventoryCommand(): CommandUnknownOpts {
  const command = new Command('inventory').description('check the lab inventory, or print its JSON Schema');
  command
    .command('check')
    .description('print the hosts of the inventory, or everything that is wrong in it; exit 0 or 2')
    .addOption(inventoryOption)
    .addOption(jsonOption)
    .action(async (options) => {
      try {
        const inventory = await loadInventory(options.inventory);
        process.stdout.write(options.json ? `${JSON.stringify(asJson(inventory))}\n` : asText(inventory));
      } catch (error) {
        if (!options.json || !(error instanceof InventoryError)) throw error;
        const { code, message, problems } = error;
        process.stdout.write(
          `${JSON.stringify({ inventory: options.inventory, ok: false, code, message, problems })}\n`,
        );
        process.exitCode = exitCodes.usage;
      }
    });
  command
    .command('schema')
    .description('print the JSON Schema of the inventory, for editors')
    .addHelpText('after', '\nExample:\n  comeback inventory schema > lab-inventory.schema.json')
    .action(() => {
      process.stdout.write(`${formatJson(inventoryJsonSchema())}\n`);
    });
  return command;
}

function asJson(inventory: Inventory): object {
  const hosts = inventory.hosts.map((host) => ({
    ...host,
    ...(host.hostpci === undefined ? {} : { hostpci: host.hostpci.map(({ line }) => line) }),
  }));
  return { inventory: inventory.path, ok: true, hosts };
}

function asText(inventory: Inventory): string {
  const count = inventory.hosts.length;
  return [
    `${inventory.path}: ${count} ${count === 1 ? 'host' : 'hosts'}, no problems`,
    ...inventory.hosts.map(hostText),
    '',
  ].join('\n');
}

function hostText(host: LabHostConfig): string {
  const { ssh, identity, vm } = host;
  const where = 'virtualLab' in ssh ? `virtual lab "${ssh.virtualLab}"` : `${ssh.user}@${ssh.address}:${ssh.port}`;
  const functions = host.functions.map(({ address, id, role, name }) =>
    `  ${shortAddress(address)}  ${id}  ${role.padEnd(5)}  ${name ?? ''}`.trimEnd(),
  );
  return [`\n${host.name}: ${where}, ${identity.board}, ${vm.manager} VM ${plannedVmOf(vm).id}`, ...functions].join(
    '\n',
  );
}
