import { createInterface } from 'node:readline/promises';
import type { OperatorPrompt } from '../host/power/manual.ts';

/** Asks on the terminal and waits for Enter; undefined where nobody sits at one. */
export function operatorPrompt(): OperatorPrompt | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return async (instruction, signal) => {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      await terminal.question(`\n>>> ${instruction} Then press Enter. `, { signal });
    } finally {
      terminal.close();
    }
  };
}
