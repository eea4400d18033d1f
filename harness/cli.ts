import { Command } from '@commander-js/extra-typings';
import { inventoryCommand } from './commands/inventory.ts';
import { labCommand } from './commands/lab.ts';
import { reportCommand } from './commands/report.ts';
import { runCli } from './commands/run-cli.ts';
import { soakCommand } from './commands/soak.ts';
import { verifyCommand } from './commands/verify.ts';
import { comebackVersion } from './commands/version.ts';

const program = new Command('comeback')
  .description('After the VM stops, does the passed-through device come back, without rebooting the host?')
  .version(comebackVersion)
  .addCommand(verifyCommand())
  .addCommand(soakCommand())
  .addCommand(reportCommand())
  .addCommand(inventoryCommand())
  .addCommand(labCommand());

process.exitCode = await runCli(program, process.argv);
