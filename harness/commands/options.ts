import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { askedWords, CommandLineError } from '../host/boot/command-line.ts';
import { rungNames } from '../journal/events.ts';
import { kernelRelease } from '../inventory/fields.ts';
import { defaultJunitProfile, junitProfiles } from '../report/junit-profile.ts';

/** Options that every command on a host has, worded once. */
export const hostOption = new Option('--host <name>', 'lab host of the inventory').default('virtual');
export const defaultPaths = { inventory: 'lab-inventory.yaml', reports: 'reports' } as const;
export const inventoryOption = new Option('--inventory <file>', 'lab inventory').default(defaultPaths.inventory);
export const reportsOption = new Option('--reports <directory>', 'where runs are kept').default(defaultPaths.reports);
export const junitProfileOption = new Option(
  '--junit-profile <profile>',
  'what junit.xml of a run holds: "rich" for dashboards, "strict" for readers that validate it',
)
  .choices(junitProfiles)
  .default(defaultJunitProfile);
export const summaryOption = new Option(
  '--summary <file>',
  'also write what came of it as Markdown; where $GITHUB_STEP_SUMMARY is set, it is appended there in any case',
);
export const jsonOption = new Option('--json', 'one JSON object on stdout, for machines').default(false);

/** Options of commands that boot a cell first. What stands beside --cell takes the place of what the named cell says. */
export const cellOption = new Option('--cell <name>', 'boot this cell of the inventory first');
export const kernelOption = new Option(
  '--kernel <release>',
  'boot this installed kernel first, as "uname -r" prints it',
).argParser((text) => {
  if (kernelRelease.safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be a kernel release as "uname -r" prints it.');
});
export const cmdlineOption = new Option(
  '--cmdline <words>',
  'boot with these words on the kernel command line; -parameter leaves one out, all others stay',
).argParser((text) => {
  try {
    const { words, absent } = askedWords(text);
    if (words.length + absent.length > 0) return text;
  } catch (error) {
    if (error instanceof CommandLineError) throw new InvalidArgumentError(`It cannot be asked for: ${error.why}.`);
    throw error;
  }
  throw new InvalidArgumentError('It holds no word. To leave a parameter out, name it: "-pcie_acs_override".');
});
export const biosOption = new Option(
  '--bios <version>',
  'flash this BIOS version first where another one runs',
).argParser((text) => {
  if (/^[\x20-\x7e]+$/.test(text) && text.trim() !== '') return text.trim();
  throw new InvalidArgumentError('It must be a BIOS version as /sys/class/dmi/id/bios_version reads.');
});

export const lastingPinOption = new Option(
  '--accept-lasting-pin',
  'boot the cell even where the loader keeps it armed until a boot succeeds (Proxmox with /boot on LVM or ZFS): a dead kernel then needs a person',
).default(false);
export const flashIsOverOption = new Option(
  '--flash-is-over',
  'you have made sure that no flash of an earlier run, whose controller died, writes to the host any more',
).default(false);
export const takeOverOption = new Option(
  '--take-over',
  'if another run has the lab, end it and take its place; its VM must be stopped by then, or this run is refused',
).default(false);
export const recoverOption = new Option(
  '--recover <rung>',
  'after a loss, climb the ladder up to this rung to bring the function back; "none": the next cycle meets it as it is ' +
    '(default: what the inventory says under "recovery", else none)',
).choices([...rungNames, 'none'] as const);
export const stopAtOption = new Option(
  '--stop-at <rung>',
  'end the run after a cycle that needed this rung or a stronger one, or, with "still-lost", that nothing mended',
).choices([...rungNames, 'still-lost'] as const);

/** commander's parser of a whole number from 1 on. */
export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
