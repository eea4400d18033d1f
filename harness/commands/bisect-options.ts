import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { askedWords, CommandLineError } from '../host/boot/command-line.ts';
import { functionRole, type FunctionRole } from '../journal/events.ts';
import { positiveInteger } from './options.ts';
import { durationMs } from './stop-options.ts';

export const kernelsOption = new Option(
  '--kernels <kernels>',
  'kernels to search, oldest first, with commas: names of cells, installed releases, .deb files, ranges A..B of what is installed or in the ' +
    'inventory; or "git:REPOSITORY GOOD..BAD" with --build',
);
export const buildOption = new Option(
  '--build <command>',
  'makes the package of a commit: run by sh in a checkout of it, only for commits that are visited; its last line is the path of the .deb, and ' +
    'exit code 125 leaves the commit out',
);
export const biosVersionsOption = new Option(
  '--bios <versions>',
  'BIOS versions to search, oldest first, with commas',
).argParser((text): readonly string[] => {
  const versions = text.split(',').map((version) => version.trim());
  if (versions.every((version) => /^[\x20-\x7e]+$/.test(version))) return versions;
  throw new InvalidArgumentError('Each must be a BIOS version as /sys/class/dmi/id/bios_version reads.');
});
export const breaksOption = new Option(
  '--cmdline <words>',
  'words of the kernel command line that may break it, switched on and off together; may be given several times',
).argParser(flagWords);
export const mendsOption = new Option(
  '--mends <words>',
  'words of the kernel command line that may mend it; may be given several times',
).argParser(flagWords);
export const rolesOption = new Option(
  '--for-role <roles>',
  'search for these roles only, with commas: gpu, usb, audio (default: all that the host has)',
).argParser((text): readonly FunctionRole[] => {
  const roles = text.split(',').map((role) => functionRole.safeParse(role.trim()));
  const found = roles.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (found.length === roles.length) return found;
  throw new InvalidArgumentError('It must be of gpu, usb and audio, with commas between.');
});
export const fixedOption = new Option(
  '--fixed',
  'search for what mended it: the oldest is bad, the newest good',
).default(false);
export const confidenceOption = new Option('--confidence <percent>', 'how sure the verdict must be')
  .default(0.95, '95%')
  .argParser(percentage);
export const rateFloorOption = new Option(
  '--rate-floor <percent>',
  'the lowest failure rate of a cycle that is looked for; a rarer fault may pass for good. Cells may differ: say a third of the rate that you saw',
)
  .default(0.003, '0.3%')
  .argParser(percentage);
export const notBeforeOption = new Option(
  '--not-before <time>',
  'nobody flashes a BIOS by hand before, in local time: 08:30',
).argParser((text) => {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours !== undefined && minutes !== undefined) return { hours: Number(hours), minutes: Number(minutes) };
  throw new InvalidArgumentError('It must be a time of the day, as in 08:30.');
});
export const cycleTimeOption = new Option(
  '--cycle-time <time>',
  'what a cycle takes at first guess; it is learned',
).argParser(durationMs);
export const bootTimeOption = new Option(
  '--boot-time <time>',
  'what a boot takes at first guess; it is learned',
).argParser(durationMs);
export const flashTimeOption = new Option(
  '--flash-time <time>',
  'what a flash with its boot takes at first guess; it is learned',
).argParser(durationMs);
export const maxTimeOption = new Option(
  '--max-time <time>',
  'end without a verdict once this session took so long; it can be gone on with',
).argParser(durationMs);
export const maxRebootsOption = new Option(
  '--max-reboots <number>',
  'end without a verdict rather than boot the host more often than this; it can be gone on with',
).argParser(positiveInteger);

/** The next time that a clock on the wall shows this. */
export function nextTimeOfDay(
  { hours, minutes }: { readonly hours: number; readonly minutes: number },
  nowMs: number,
): number {
  const then = new Date(nowMs);
  then.setHours(hours, minutes, 0, 0);
  if (then.getTime() < nowMs) then.setDate(then.getDate() + 1);
  return then.getTime();
}

function flagWords(text: string, before: readonly string[] | undefined): readonly string[] {
  try {
    const { words, absent } = askedWords(text);
    if (words.length + absent.length > 0) return [...(before ?? []), text.trim()];
  } catch (error) {
    if (error instanceof CommandLineError) throw new InvalidArgumentError(`It cannot be asked for: ${error.why}.`);
    throw error;
  }
  throw new InvalidArgumentError('It holds no word.');
}

function percentage(text: string): number {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,6})?)%?$/.exec(text) ?? [];
  // As a decimal, for 99.9 / 100 is not 0.999.
  const part = Number(`${digits ?? 'x'}e-2`);
  if (part > 0 && part < 1) return part;
  throw new InvalidArgumentError('It must be between 0 and 100 %, as in 95%.');
}
