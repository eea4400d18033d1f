import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { vi } from 'vitest';
import { runCli } from '../commands/run-cli.ts';
import type { CommandResult } from './comeback-process.ts';

/**
 * Runs one command as the command line does, within this process: for commands that only read and write files, of which a test wants many.
 * What a terminal, a signal or an environment does to them, only a process of their own shows.
 */
export async function runCommand(command: CommandUnknownOpts, args: readonly string[]): Promise<CommandResult> {
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const program = new Command('comeback').addCommand(command);
    const exitCode = await runCli(program, ['node', 'comeback', command.name(), ...args]);
    return { exitCode, stdout, stderr };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    err.mockRestore();
  }
}
