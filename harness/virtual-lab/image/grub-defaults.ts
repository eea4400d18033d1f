import { commandLineWords } from '../../host/boot/command-line.ts';
import { quotedGrubWord } from '../../host/boot/grub-words.ts';
import { quoteArgv } from '../../ssh/quote.ts';

/** File system UUIDs of every lab host. Fixed, so that what grub-mkconfig writes at the build of an image holds for its instances. */
export const filesystemUuid = {
  root: '6c61622d-726f-4f74-8000-636f6d656261',
  boot: '6c61622d-626f-4f74-8000-636f6d656261',
} as const;

/**
 * Kernel parameters of every lab host (kernel-parameters.txt). All but the first two save emulated time and change
 * nothing that passthrough can tell: mitigations and self-tests of a throw-away host, probes of clocks and UARTs.
 */
const ownParameters = [
  'console=ttyS0',
  'net.ifnames=0',
  'mitigations=off',
  'cryptomgr.notests',
  'tsc=reliable',
  'no_timer_check',
  '8250.nr_uarts=1',
  'random.trust_cpu=on',
  'apparmor=0',
  'selinux=0',
  'audit=0',
];

/** What `lab up` decides about the boots of a host; of a template, what stands in their place. */
export interface BootChoice {
  /** Value of GRUB's `default`. */
  readonly defaultEntry: string;
  /** Words for GRUB's `linux` command, as GRUB reads them. */
  readonly words: string;
}

/** Stands in a template of grub.cfg until {@link grubConfig} puts a choice in. */
export const templateChoice: BootChoice = { defaultEntry: 'COMEBACK_DEFAULT_ENTRY', words: 'COMEBACK_COMMAND_LINE' };

/** @param commandLine what the kernel is to get besides the lab's own parameters */
export function bootChoice(kernel: string, commandLine: string): BootChoice {
  // The ids that grub.d/10_linux gives to its submenu and the entries in it.
  const inSubmenu = `gnulinux-${kernel}-advanced-${filesystemUuid.root}`;
  return {
    defaultEntry: `gnulinux-advanced-${filesystemUuid.root}>${inSubmenu}`,
    words: commandLineWords(commandLine).map(quotedGrubWord).join(' '),
  };
}

/** The grub.cfg of a host, out of the one that grub-mkconfig wrote for {@link templateChoice}. */
export function grubConfig(template: string, choice: BootChoice): string {
  return template
    .replaceAll(templateChoice.defaultEntry, () => choice.defaultEntry)
    .replaceAll(templateChoice.words, () => choice.words);
}

/** The /etc/default/grub that makes grub-mkconfig write the same (GRUB manual, "Simple configuration handling"). */
export function grubDefaults(choice: BootChoice): string {
  const settings = {
    GRUB_DEFAULT: choice.defaultEntry,
    GRUB_TIMEOUT: '0',
    GRUB_DISTRIBUTOR: 'Debian',
    GRUB_CMDLINE_LINUX_DEFAULT: choice.words,
    GRUB_CMDLINE_LINUX: ownParameters.join(' '),
    GRUB_TERMINAL: 'serial',
    GRUB_SERIAL_COMMAND: 'serial --unit=0 --speed=115200',
    GRUB_GFXPAYLOAD_LINUX: 'text',
    // Without udev there are no links by UUID, and the disks of the lab keep their names.
    GRUB_DISABLE_LINUX_UUID: 'true',
    GRUB_DISABLE_OS_PROBER: 'true',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${quoteArgv([value])}`);
  return `# Settings of grub-mkconfig; run update-grub after a change.\n${lines.join('\n')}\n`;
}
