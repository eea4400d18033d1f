import { ComebackError } from '../../errors.ts';

/** x86's COMMAND_LINE_SIZE (arch/x86/include/asm/setup.h): the kernel drops what is beyond it in silence. */
const commandLineSize = 2048;

export class CommandLineError extends ComebackError {
  override readonly code = 'BOOT_COMMAND_LINE';
  override readonly kind = 'usage';
  readonly why: string;

  constructor(why: string) {
    super(`The kernel command line asked for cannot be used: ${why}. Nothing was changed.`);
    this.why = why;
  }
}

/**
 * The words of a kernel command line without their quotes, split as the kernel does it: at blanks, except between double quotes
 * (next_arg in lib/cmdline.c).
 */
export function commandLineWords(text: string): string[] {
  const words: string[] = [];
  for (const [word] of text.matchAll(/(?:[^\s"]|"[^"]*(?:"|$))+/g)) words.push(word.replaceAll('"', ''));
  return words;
}

/** The parameter that a word sets. The kernel takes `-` and `_` for the same (parameq in kernel/params.c). */
export function parameterOf(word: string): string {
  const end = word.indexOf('=');
  return (end < 0 ? word : word.slice(0, end)).replaceAll('-', '_');
}

/** What was asked of a command line: words to be on it, and parameters to be off it. */
export interface AskedWords {
  readonly words: readonly string[];
  /** Parameters asked away by a leading minus: `-pcie_acs_override`. */
  readonly absent: readonly string[];
}

/** @throws CommandLineError where a word could reach the kernel as something else than it says. */
export function askedWords(text: string): AskedWords {
  if (/[^\x20-\x7e\t]/.test(text)) throw new CommandLineError('it holds characters that are not printable ASCII');
  if (/['\\`]/.test(text)) throw new CommandLineError("boot loaders read quotes ', ` and \\ each in their own way");
  if ((text.match(/"/g) ?? []).length % 2 !== 0) throw new CommandLineError('a double quote is never closed');
  const all = commandLineWords(text);
  if (all.includes('--')) throw new CommandLineError('what follows "--" is for init and not for the kernel');
  const words = all.filter((word) => !word.startsWith('-'));
  const absent = all.filter((word) => word.startsWith('-')).map((word) => parameterOf(word.slice(1)));
  const both = words.find((word) => absent.includes(parameterOf(word)));
  if (both !== undefined) throw new CommandLineError(`${both} is asked both on and off it`);
  return { words, absent };
}

/**
 * The words of a default command line that stay beside those asked for: a word asked for takes the place of every word for the same
 * parameter, a parameter asked away is left out, and all else (root, console, what the network needs) stays, because without it
 * the host may not come up.
 */

export function wordsThatStay<Word>(base: readonly Word[], textOf: (word: Word) => string, asked: AskedWords): Word[] {
  const gone = new Set([...asked.words.map(parameterOf), ...asked.absent]);
  return base.filter((word) => !gone.has(parameterOf(textOf(word))));
}

/** A word as a kernel reads it back: blanks need double quotes around the value. */
export function quotedWord(word: string): string {
  if (!word.includes(' ')) return word;
  const end = word.indexOf('=');
  return end < 0 ? `"${word}"` : `${word.slice(0, end + 1)}"${word.slice(end + 1)}"`;
}

/** @throws CommandLineError where the kernel would cut it off. */
export function requireFit(commandLine: string): void {
  if (commandLine.length >= commandLineSize) {
    throw new CommandLineError(`with the host's own words it has ${commandLine.length} characters, Linux takes 2047`);
  }
}

/** What of the asked is not so on a running kernel's command line, in words; empty where all is. */
export function unmetWords(asked: AskedWords, actual: string): string[] {
  const words = commandLineWords(actual);
  const wanted = new Set(asked.words);
  const unmet: string[] = [];
  for (const word of wanted) {
    if (!words.includes(word)) unmet.push(`${word} is not on the command line`);
  }
  for (const word of words) {
    // The kernel takes the last word for most parameters: one beside those that were asked for may undo them.
    const sets = asked.words.some((other) => parameterOf(other) === parameterOf(word));
    if (sets && !wanted.has(word)) unmet.push(`${word} is on the command line beside what was asked`);
    if (asked.absent.includes(parameterOf(word))) unmet.push(`${word} is on the command line, asked not to be`);
  }
  return unmet;
}
