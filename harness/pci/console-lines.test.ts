import { describe, expect, it } from 'vitest';
import { consoleLinePatterns, type ConsoleSignKind, type HostStanding, recogniseConsoleLine } from './console-lines.ts';

const real: readonly (readonly [ConsoleSignKind, string])[] = [
  ['panic', '[   12.345678] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)'],
  ['panic', '[    1.882017][    T1] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00'],
  ['panic', '[    5.901220] Kernel panic - not syncing: Hard LOCKUP'],
  ['panic', '[   95.5] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---'],
  ['oops', '[  101.000001] BUG: kernel NULL pointer dereference, address: 0000000000000010'],
  ['oops', '[  101.000001] BUG: unable to handle page fault for address: ffffffffc0a1d000'],
  ['oops', '[  101.000002] Oops: 0002 [#1] PREEMPT SMP NOPTI'],
  [
    'oops',
    '[  101.000002] Oops: general protection fault, probably for non-canonical address 0xdead000000000122: 0000 [#1] SMP',
  ],
  [
    'oops',
    '[  101.000002] general protection fault, probably for non-canonical address 0xdead: 0000 [#1] PREEMPT SMP NOPTI',
  ],
  ['oops', '[  101.000003] kernel BUG at mm/slub.c:305!'],
  ['hung-task', '[  363.123456] INFO: task qemu-system-x86:1234 blocked for more than 120 seconds.'],
  ['hung-task', '[  363.123456] INFO: task kworker/0:1:57 blocked for more than 241 seconds.'],
  ['hung-task', '[  363.123456] INFO: task CPU 0/KVM:4242 blocked in I/O wait for more than 122 seconds.'],
  ['soft-lockup', '[   88.000000] watchdog: BUG: soft lockup - CPU#3 stuck for 26s! [qemu-system-x86:1234]'],
  ['soft-lockup', '[   88.000000] NMI watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [swapper/0:1]'],
  ['hard-lockup', '[  164.964389] watchdog: CPU3: Watchdog detected hard LOCKUP on cpu 3'],
  ['hard-lockup', '[   32.499881] watchdog: Watchdog detected hard LOCKUP on cpu 6'],
  ['hard-lockup', '[   75.213852] NMI watchdog: Watchdog detected hard LOCKUP on cpu 0'],
  ['rcu-stall', '[   56.864601][   C16] rcu: INFO: rcu_sched self-detected stall on CPU'],
  ['rcu-stall', '[ 5973.259566] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:'],
  [
    'rcu-stall',
    '[ 5973.2595] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 3-.... } 21 jiffies s: 1 root: 0x8/.',
  ],
  ['rcu-stall', 'INFO: rcu_sched self-detected stall on CPU'],
  ['iommu-stall', '[  400.000001] AMD-Vi: Completion-Wait loop timed out'],
  ['iommu-stall', '[  400.000001] AMD-Vi: IOMMU 0000:00:00.2: Completion-Wait loop timed out'],
  [
    'device-release-blocked',
    '[  500.1] vfio-pci 0000:2b:00.0: Device is currently in use, task "bash" (991) blocked until device is released',
  ],
  [
    'kernel-started',
    '[    0.000000] Linux version 6.1.0-56-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0) #1 SMP',
  ],
  ['kernel-started', '<5>[    0.000000] Linux version 6.12.117+deb12-amd64 (debian-kernel@lists.debian.org) #1 SMP'],
  ['restarting', '[  600.000000] reboot: Restarting system'],
  ['boot-menu', '                             GNU GRUB  version 2.06-13+deb12u1'],
  ['boot-menu', '   The highlighted entry will be executed automatically in 5s.'],
  ['boot-loader-error', "error: file `/boot/vmlinuz-6.1.0-99-amd64' not found."],
  ['boot-loader-error', "error: ../../grub-core/fs/fshelp.c:257:file `/boot/vmlinuz' not found."],
  ['boot-loader-error', 'error: no such device: 1234-ABCD.'],
  ['boot-loader-error', 'error: you need to load the kernel first.'],
  ['boot-loader-error', 'grub rescue> '],
  ['initramfs-shell', 'ALERT!  LABEL=root does not exist.  Dropping to a shell!'],
  ['initramfs-shell', '(initramfs) '],
  ['initramfs-shell', '(initramfs)'],
  ['boot-loader-error', 'grub>'],
  ['emergency-mode', 'You are in emergency mode. After logging in, type "journalctl -xb" to view'],
  ['login-prompt', 'elysium login: '],
  ['login-prompt', 'elysium login:'],
];

it.each(real)('%s: %s', (kind, line) => {
  expect(recogniseConsoleLine(line)?.kind).toBe(kind);
});

describe('what is none', () => {
  it.each([
    'Last login: Mon Aug 17 10:00:00 UTC 2026 on ttyS0',
    '[   20.1] systemd-logind[301]: New session 1 of user root.',
    '[   20.1] audit: type=1400 msg="Linux version 6.1 (x)"',
    'root@elysium:~# grep "Kernel panic - not syncing" /var/log/kern.log',
    '[    1.0] Kernel command line: panic=30 hung_task_panic=1 softlockup_panic=1',
    '[    0.1] rcu: INFO: something else',
    '[   12.0] watchdog: Delayed init of the lockup detector failed',
    '[   12.0] INFO: lockdep is turned off.',
    'error: externally-managed-environment',
    '[   10.0] AMD-Vi: Interrupt remapping enabled',
    '',
  ])('%s', (line) => {
    expect(recogniseConsoleLine(line)).toBeUndefined();
  });
});

it.each<[ConsoleSignKind[], HostStanding]>([
  [['boot-menu', 'kernel-started'], 'booting'],
  [['boot-loader-error', 'initramfs-shell', 'emergency-mode'], 'stuck'],
  [['login-prompt'], 'up'],
  [['restarting'], 'going-down'],
  [
    ['panic', 'oops', 'hung-task', 'soft-lockup', 'hard-lockup', 'rcu-stall', 'iommu-stall', 'device-release-blocked'],
    'wedged',
  ],
])('%j: the host is %s', (kinds, standing) => {
  const lines = real.filter(([kind]) => kinds.includes(kind)).map(([, line]) => line);
  expect(new Set(lines.map((line) => recogniseConsoleLine(line)?.standing))).toEqual(new Set([standing]));
});

it('says of every sign who prints it', () => {
  expect(consoleLinePatterns.filter(({ source }) => !/\w\/\w|\w\.c\b/.test(source))).toEqual([]);
});

// A boot menu is drawn with blanks before its words; everything else begins its line.
it.each(real.filter(([kind]) => kind !== 'boot-menu'))('%s is not what somebody quotes: %s', (kind, line) => {
  const text = line.replace(/^(?:<\d+>)?\[[\d. ]+\](?:\[ *[TC]\d+\])? /, '');
  expect(recogniseConsoleLine(`it said: ${text}`)?.kind).not.toBe(kind);
});

it.each([
  'grub rescue> ls (hd0)',
  'grub> set root=(hd0,1)',
  '(initramfs) reboot -f',
  'elysium login: root',
  'no such device',
  'error: file not found',
])('what somebody typed or left out is none: %s', (line) => expect(recogniseConsoleLine(line)).toBeUndefined());

it.each([
  '<12>[    1.882017]',
  '[    1.882017][    T1]',
  '[    1.882017][   C16]',
  '[    1.882017]',
  '<0>[    1.882017]',
  '<0>',
  '[T1]',
])('the prefix %s says nothing', (prefix) =>
  expect(recogniseConsoleLine(`${prefix} reboot: Restarting system`)?.kind).toBe('restarting'),
);

it('has a real line for every sign', () => {
  expect(new Set(real.map(([kind]) => kind))).toEqual(new Set(consoleLinePatterns.map(({ kind }) => kind)));
});
