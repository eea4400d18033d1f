import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { runCli } from './commands/run-cli.ts';
import { comebackVersion } from './commands/version.ts';

/** Every command. A command's code is loaded only when it is asked for, or when help needs them all. */
const commands: Readonly<Record<string, () => Promise<CommandUnknownOpts>>> = {
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand(),
  verify: async () => (await import('./commands/verify.ts')).verifyCommand(),
  soak: async () => (await import('./commands/soak.ts')).soakCommand(),
  bisect: async () => (await import('./commands/bisect.ts')).bisectCommand(),
  report: async () => (await import('./commands/report.ts')).reportCommand(),
  runs: async () => (await import('./commands/runs.ts')).runsCommand(),
  watch: async () => (await import('./commands/watch.ts')).watchCommand(),
  notify: async () => (await import('./commands/notify.ts')).notifyCommand(),
  inventory: async () => (await import('./commands/inventory.ts')).inventoryCommand(),
  triage: async () => (await import('./commands/triage.ts')).triageCommand(),
  lab: async () => (await import('./commands/lab.ts')).labCommand(),
};

const program = new Command('comeback')
  .description('After the VM stops, does the passed-through device come back, without rebooting the host?')
  .version(comebackVersion);
const asked = commands[process.argv[2] ?? ''];
for (const load of asked === undefined ? Object.values(commands) : [asked]) program.addCommand(await load());

process.exitCode = await runCli(program, process.argv);
