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

/** Each sign, its first match wins. The patterns stand for a line without its `[ 12.345678]` prefix. */
export const consoleLinePatterns: readonly ConsoleLinePattern[] = [
  {
    kind: 'panic',
    standing: 'wedged',
    pattern: /^(?:---\[ end )?Kernel panic - not syncing: /,
    source: 'kernel/panic.c',
  },
  {
    // 6.x says "Oops: 0002 [#1]" or "Oops: general protection fault"; the BUG line before it tells the address.
    kind: 'oops',
    standing: 'wedged',
    pattern:
      /^(?:Oops: |general protection fault|BUG: (?:unable to handle|kernel NULL pointer dereference)|kernel BUG at |invalid opcode: \d{4} \[#)/,
    source: 'arch/x86/kernel/dumpstack.c, arch/x86/kernel/traps.c, arch/x86/mm/fault.c, lib/bug.c',
  },
  {
    kind: 'hung-task',
    standing: 'wedged',
    pattern: /^INFO: task .+:\d+ (?:<[^>]*> )?(?:is )?blocked .*for more than \d+ seconds\./,
    source: 'kernel/hung_task.c',
  },
  {
    kind: 'soft-lockup',
    standing: 'wedged',
    pattern: /^(?:(?:NMI )?watchdog: )?BUG: soft lockup - CPU#\d+ stuck for \d+s!/,
    source: 'kernel/watchdog.c',
  },
  {
    kind: 'hard-lockup',
    standing: 'wedged',
    pattern: /^(?:(?:NMI )?watchdog: (?:CPU\d+: )?)?Watchdog detected hard LOCKUP on cpu \d+/,
    source: 'kernel/watchdog.c, kernel/watchdog_hld.c',
  },
  {
    kind: 'rcu-stall',
    standing: 'wedged',
    pattern: /^(?:rcu: )?INFO: \S+ (?:self-detected stall on CPU|detected (?:expedited )?stalls on CPUs\/tasks)/,
    source: 'kernel/rcu/tree_stall.h, kernel/rcu/tree_exp.h',
  },
  {
    kind: 'iommu-stall',
    standing: 'wedged',
    pattern: /^AMD-Vi: (?:IOMMU [0-9a-f:.]+: )?(?:Completion-Wait loop timed out|Command buffer timeout)/,
    source: 'drivers/iommu/amd/iommu.c',
  },
  {
    kind: 'device-release-blocked',
    standing: 'wedged',
    pattern: /Device is currently in use, task ".*" \(\d+\) blocked until device is released/,
    source: 'drivers/vfio/vfio_main.c',
  },
  {
    kind: 'kernel-started',
    standing: 'booting',
    pattern: /^Linux version \d+\.\d+\S* \(/,
    source: 'init/version.c (linux_banner)',
  },
  {
    kind: 'restarting',
    standing: 'going-down',
    pattern: /^reboot: (?:Restarting system|machine restart|Power down|System halted)/,
    source: 'kernel/reboot.c, arch/x86/kernel/reboot.c',
  },
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
  const text = line.replace(printkPrefix, '');
  const match = consoleLinePatterns.find(({ pattern }) => pattern.test(text));
  return match === undefined ? undefined : { kind: match.kind, standing: match.standing };
}
