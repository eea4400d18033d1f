import type { Cell } from '../bisect/space.ts';
import { askedWords, CommandLineError, parameterOf } from '../host/boot/command-line.ts';
import type { FlagCandidate } from '../journal/bisect-events.ts';
import type { CellRequest } from '../journal/events.ts';
import type { BisectLog } from './bisect-log.ts';

/** What to boot for a cell of the search. A flag that is off takes its parameters away, though the host's own command line may have them. */
export function cellRequestOf(log: BisectLog, cell: Cell): CellRequest {
  const { biosVersions, flags } = log.start;
  const { release, package: kernelPackage } = log.kernelOf(cell.kernel);
  const words = flags.map((flag, index) => ((cell.flags >> index) & 1 ? flag.words : withoutWords(flag)));
  const commandLine = words.filter((word) => word !== '').join(' ');
  const bios = biosVersions[cell.bios] ?? undefined;
  return {
    name: log.words(cell),
    ...(release === undefined ? {} : { kernel: release }),
    ...(kernelPackage === undefined ? {} : { kernelPackage }),
    ...(commandLine === '' ? {} : { commandLine }),
    ...(bios === undefined ? {} : { bios }),
  };
}

/** @throws CommandLineError where two flags are about one parameter: they cannot be switched each by itself. */
export function requireApart(flags: readonly FlagCandidate[]): void {
  const seen = new Map<string, string>();
  for (const { words } of flags) {
    const asked = askedWords(words);
    const own = new Set([...asked.words.map(parameterOf), ...asked.absent]);
    for (const parameter of own) {
      const other = seen.get(parameter);
      if (other !== undefined)
        throw new CommandLineError(
          `${other} and ${words} are about the same parameter, and each is switched by itself`,
        );
      seen.set(parameter, words);
    }
  }
}

function withoutWords({ words }: FlagCandidate): string {
  return askedWords(words)
    .words.map((word) => `-${parameterOf(word)}`)
    .join(' ');
}
