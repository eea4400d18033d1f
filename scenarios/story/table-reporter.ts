import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import { storyRow, type StoryRow, storyRowSchema } from './story-row.ts';

/** Prints the story as one table, cell × function × verdict, once all of it is told; and each scenario as it ends. */
export default class TableReporter implements Reporter {
  readonly #rows: StoryRow[] = [];

  printsToStdio(): boolean {
    return true;
  }

  onTestBegin(test: TestCase): void {
    process.stderr.write(`  …  ${test.title}\n`);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    const seconds = Math.round(result.duration / 1000);
    process.stderr.write(`  ${result.status === 'passed' ? 'ok' : 'NO'}  ${test.title} (${seconds} s)\n`);
    for (const { message } of result.errors) process.stderr.write(`${message ?? ''}\n`);
    for (const { name, body } of result.attachments) {
      if (name === storyRow && body !== undefined) {
        this.#rows.push(storyRowSchema.parse(JSON.parse(body.toString('utf8'))));
      }
    }
  }

  onEnd(): void {
    process.stdout.write(`\n${storyTable(this.#rows)}\n`);
  }
}

function storyTable(rows: readonly StoryRow[]): string {
  return rows
    .toSorted((a, b) => (a.letter < b.letter ? -1 : 1))
    .flatMap(({ letter, bios, kernel, commandLine, outcome, hostReboots, functions }) => [
      `(${letter}) BIOS ${bios}, Linux ${kernel}, ${commandLine}: ${outcome.toUpperCase()}, host reboots ${hostReboots}`,
      ...Object.entries(functions).map(([address, words]) => `      ${address}  ${words}`),
    ])
    .join('\n');
}
