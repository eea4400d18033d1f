import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { ComebackError, exitCodes } from '../errors.ts';

/**
 * Parses the arguments, runs the command and turns whatever happens into one message and an exit code.
 * A command that has a result of its own sets `process.exitCode` itself.
 */
export async function runCli(program: CommandUnknownOpts, argv: readonly string[]): Promise<number> {
  throwInsteadOfExiting(program);
  try {
    await program.parseAsync(argv);
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.ok;
  } catch (error) {
    return report(error);
  }
}

/** commander leaves with 1 on wrong usage, which here means a device that did not survive. */
function throwInsteadOfExiting(command: CommandUnknownOpts): void {
  command.exitOverride().showHelpAfterError('(add --help for help)');
  for (const child of command.commands) throwInsteadOfExiting(child);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof ComebackError) {
    process.stderr.write(`comeback: ${error.message}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`comeback: a defect of comeback itself, please report it:\n${text}\n`);
  return exitCodes.internal;
}
