import { z } from 'zod';
import { askedWords, CommandLineError } from '../host/boot/command-line.ts';
import { filePath, kernelRelease, text } from './fields.ts';

const commandLine = text()
  .superRefine((value, context) => {
    try {
      const { words, absent } = askedWords(value);
      if (words.length + absent.length === 0) context.addIssue('holds no word');
    } catch (error) {
      if (!(error instanceof CommandLineError)) throw error;
      context.addIssue(`cannot be asked for: ${error.why}`);
    }
  })
  .meta({
    description:
      "Words that take the place of those for the same parameters on the host's default command line; a leading minus leaves a " +
      'parameter out. All other words stay.',
    examples: ['pcie_acs_override=downstream', '-pcie_acs_override'],
  });

const cell = z
  .strictObject({
    description: text().optional().describe('What this cell is for, for people.'),
    kernel: kernelRelease.optional().describe('Kernel to boot, as "uname -r" prints it; absent: the default one.'),
    kernelPackage: filePath('Debian package on the controller that brings this kernel and is installed first')
      .regex(/\.deb$/, 'must be a .deb')
      .optional(),
    commandLine: commandLine.optional(),
    bios: text().optional().describe('BIOS version as /sys/class/dmi/id/bios_version reads, in quotes; absent: any.'),
  })
  .superRefine((asked, context) => {
    // A misspelt key asks for nothing, too; its own message is the better one.
    if (context.issues.length > 0) return;
    const { kernel, kernelPackage } = asked;
    if (kernelPackage !== undefined && kernel === undefined) {
      const message = 'does not say which kernel it brings: add "kernel", as "uname -r" will print it';
      context.addIssue({ code: 'custom', path: ['kernelPackage'], message });
    } else if (kernel === undefined && asked.commandLine === undefined && asked.bios === undefined) {
      context.addIssue('asks for nothing: give it a kernel, a commandLine or a bios');
    }
  });

/** The cells of a host, by name. */
export const cells = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'a cell name is lower-case letters, digits, ".", "_" and "-"'),
    cell,
  )
  .default({})
  .describe('Combinations of BIOS version, kernel and command line by name; --cell takes one of these names.');

type ParsedCell = z.output<typeof cell>;

/** One combination of BIOS version, kernel and command line; what is absent may be anything, but not all is. */
export interface CellConfig extends ParsedCell {
  readonly name: string;
}

/** The cells in the order of the file, with absolute paths. */
export function resolveCells(
  parsed: Readonly<Record<string, ParsedCell>>,
  inPath: (path: string) => string,
): CellConfig[] {
  return Object.entries(parsed).map(([name, asked]) => ({
    name,
    ...asked,
    ...(asked.kernelPackage === undefined ? {} : { kernelPackage: inPath(asked.kernelPackage) }),
  }));
}
