import { hostLines } from './kernel-catalogue/host-lines.ts';
import type { LogLine } from './kernel-catalogue/log-line.ts';
import { splitDevice } from './kernel-catalogue/recognise.ts';

/** What a line on the console of a lab host says about the host. */
export type ConsoleSignKind =
  | 'boot-menu'
  | 'boot-loader-error'
  | 'kernel-started'
  | 'initramfs-shell'
  | 'emergency-mode'
  | 'login-prompt'
  | 'restarting'
  | 'oops'
  | 'panic'
  | 'hung-task'
  | 'soft-lockup'
  | 'hard-lockup'
  | 'rcu-stall'
  | 'iommu-stall'
  | 'device-release-blocked';

/**
 * What the sign means for the host. `booting` and `up`: it lives. `stuck`: it waits for a person and will not reach SSH.
 * `wedged`: the kernel is dead or parts of it hang.
 */
export type HostStanding = 'booting' | 'up' | 'going-down' | 'stuck' | 'wedged';

export interface ConsoleSign {
  readonly kind: ConsoleSignKind;
  readonly standing: HostStanding;
}

interface ConsoleLinePattern extends ConsoleSign {
  readonly pattern: RegExp;
  /** The file that prints it. */
  readonly source: string;
}

/** What the kernel says is worded in its catalogue. */
function wordingOf({ pattern, source }: LogLine): Pick<ConsoleLinePattern, 'pattern' | 'source'> {
  return { pattern, source };
}

/** Each sign, its first match wins. The patterns stand for a line without its `[ 12.345678]` prefix and the device that speaks. */
export const consoleLinePatterns: readonly ConsoleLinePattern[] = [
  { kind: 'panic', standing: 'wedged', ...wordingOf(hostLines.panic) },
  { kind: 'oops', standing: 'wedged', ...wordingOf(hostLines.oops) },
  { kind: 'hung-task', standing: 'wedged', ...wordingOf(hostLines['hung-task']) },
  { kind: 'soft-lockup', standing: 'wedged', ...wordingOf(hostLines['soft-lockup']) },
  { kind: 'hard-lockup', standing: 'wedged', ...wordingOf(hostLines['hard-lockup']) },
  { kind: 'rcu-stall', standing: 'wedged', ...wordingOf(hostLines['rcu-stall']) },
  { kind: 'iommu-stall', standing: 'wedged', ...wordingOf(hostLines['iommu-stall']) },
  { kind: 'device-release-blocked', standing: 'wedged', ...wordingOf(hostLines['device-release-blocked']) },
  { kind: 'kernel-started', standing: 'booting', ...wordingOf(hostLines['kernel-started']) },
  { kind: 'restarting', standing: 'going-down', ...wordingOf(hostLines.restarting) },
  {
    kind: 'boot-menu',
    standing: 'booting',
    pattern: /GNU GRUB +version \d|The highlighted entry will be executed automatically in/,
    source: 'GRUB: grub-core/normal/main.c, grub-core/normal/menu_text.c',
  },
  {
    kind: 'boot-loader-error',
    standing: 'stuck',
    pattern:
      /^(?:error: (?:\S+: ?)?(?:file .+ not found|no such (?:device|partition)|you need to load the kernel first)|(?:grub rescue|grub)> ?$)/,
    source:
      'GRUB: grub-core/kern/fs.c, grub-core/fs/*.c, grub-core/kern/rescue_reader.c, grub-core/loader/i386/linux.c',
  },
  {
    kind: 'initramfs-shell',
    standing: 'stuck',
    pattern: /^ALERT! .* does not exist\. +Dropping to a shell!|^\(initramfs\) ?$/,
    source: 'initramfs-tools: scripts/local, scripts/functions',
  },
  {
    kind: 'emergency-mode',
    standing: 'stuck',
    pattern: /^You are in (?:emergency|rescue) mode\./,
    source: 'systemd: units/emergency.service.in, units/rescue.service.in, src/sulogin-shell',
  },
  {
    kind: 'login-prompt',
    standing: 'up',
    pattern: /^[A-Za-z0-9][A-Za-z0-9.-]* login: ?$/,
    source: 'util-linux: term-utils/agetty.c (do_prompt, LOGIN_PROMPT)',
  },
];

/** `<6>` of a raw log level, `[   12.345678]` of CONFIG_PRINTK_TIME and `[    T1]` or `[   C16]` of CONFIG_PRINTK_CALLER. */
const printkPrefix = /^(?:<\d+>)?(?:\[ *\d+\.\d+\])?(?:\[ *[TC]\d+\])? ?/;

/** The sign that a line of the console holds, escape sequences already taken out; undefined where it holds none. */
export function recogniseConsoleLine(line: string): ConsoleSign | undefined {
  const text = splitDevice(line.replace(printkPrefix, '')).body;
  const match = consoleLinePatterns.find(({ pattern }) => pattern.test(text));
  return match === undefined ? undefined : { kind: match.kind, standing: match.standing };
}
