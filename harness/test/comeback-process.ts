import { spawn } from 'node:child_process';
import { inject } from 'vitest';

/** How a run of the real command line ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line under test, as a process of its own, as a person or a CI job would run it; only its modules are put together, which starts sooner. */
export interface RunningCommand {
  readonly ended: Promise<CommandResult>;
  /** Resolves once stderr holds the text; rejects if the command ends first. */
  saysOnStderr(text: string): Promise<void>;
  /** The same of stdout. */
  saysOnStdout(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export function startComeback(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): RunningCommand {
  const child = spawn(process.execPath, [inject('door'), ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const look of waiting) look();
  });
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
  const says = (said: () => string, text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!said().includes(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      void ended.then(() => reject(new Error(`the command ended without saying "${text}":\n${stderr}`)));
      look();
    });
  return {
    ended,
    saysOnStderr: (text) => says(() => stderr, text),
    saysOnStdout: (text) => says(() => stdout, text),
    kill: (signal) => child.kill(signal),
  };
}

export async function comeback(...args: Parameters<typeof startComeback>): Promise<CommandResult> {
  return await startComeback(...args).ended;
}
