import { overrideAdvice } from '../host/acs-override.ts';
import { type ArmedBoot, describeArmed, isOurEntry, type LoaderKind } from '../host/boot/loader.ts';
import { identityGate } from '../host/identity.ts';
import type { LabHostConfig } from '../inventory/config.ts';
import type { HostIdentity } from '../journal/events.ts';
import { holderWords } from '../observer/lock-words.ts';
import type { GroupsReading, LockHolder, ReadinessReading } from '../observer/protocol.ts';
import type { StuckTask } from '../pci/health.ts';
import { type Check, checkOf, checksOf, type Finding, notChecked, ok, sentence, stopsRun, warning } from './check.ts';

/** What boots the host, or why that is not known. */
export type BootSight =
  | {
      readonly loader: LoaderKind;
      readonly endsBy: 'loader' | 'good-boot';
      /** Installed kernels, as `uname -r` tells them. */
      readonly kernels: readonly string[];
      readonly armed: ArmedBoot | null;
    }
  | { readonly unknown: string };

/** What was read of the host itself. */
export interface HostSight {
  readonly identity: HostIdentity;
  readonly readiness: ReadinessReading;
  readonly groups: GroupsReading;
  readonly kernelLog: boolean;
  readonly uevents: boolean;
  /** Who has the lab lock; null where nobody does. */
  readonly lockHolder: LockHolder | null;
  /** Tasks that wait for a reset where no signal reaches them. */
  readonly stuck: readonly StuckTask[];
  readonly boot: BootSight;
}

const switchIommuOn =
  'Switch the IOMMU (and SVM or VT-d) on in the BIOS; on Intel boot with intel_iommu=on, and take amd_iommu=off or iommu=off away.';

/** Is the host the right one, and has it what a run needs? */
export function hostChecks(host: LabHostConfig, sight: HostSight): Check[] {
  const { identity, readiness } = sight;
  const one = (check: string, finding: Finding): Check => checkOf('host', check, finding);
  return [
    one('root', rootFinding(readiness)),
    one('perl', ok(`perl ${readiness.perl}, the observer runs`)),
    one('kernel-log', kernelLogFinding(sight)),
    one('uevents', ueventFinding(sight)),
    one('tracefs', tracefsFinding(readiness)),
    ...checksOf('host', 'identity', identityFindings(host, identity), identity.board ?? 'unknown board'),
    ...checksOf('host', 'bios', biosFindings(host, identity), biosInWords(identity)),
    one('kernel', ok(`Linux ${identity.kernel}`)),
    one('iommu', iommuFinding(sight)),
    ...checksOf('host', 'vfio-modules', moduleFindings(readiness), modulesInWords(readiness)),
    one('acs-override', overrideFinding(host, identity)),
    one('lab-lock', lockFinding(sight.lockHolder)),
    ...checksOf('host', 'stuck-tasks', sight.stuck.map(stuckFinding), 'no task waits for a reset'),
    ...bootChecks(host, sight.boot),
  ];
}

function rootFinding({ root }: ReadinessReading): Finding {
  return root
    ? ok('root')
    : stopsRun(
        'The user of the inventory is not root there: config space, the kernel log and the VM manager need it.',
        'Set ssh.user to root, or to a user whose shell runs as root.',
      );
}

function kernelLogFinding({ kernelLog }: HostSight): Finding {
  return kernelLog
    ? ok('/dev/kmsg can be read')
    : warning(
        '/dev/kmsg cannot be read: what the kernel says of a function will be missing from the run.',
        'Run as root, outside of a container.',
      );
}

function ueventFinding({ uevents }: HostSight): Finding {
  return uevents
    ? ok('the kernel announces devices')
    : warning(
        'The kernel does not announce devices to the observer: it sees them a moment later, by looking.',
        'Run as root, outside of a container.',
      );
}

function tracefsFinding({ tracefs }: ReadinessReading): Finding {
  return tracefs === null
    ? warning(
        'tracefs is not mounted, or the kernel has no kprobe events: which reset was really done can only be told from the kernel log.',
        'mount -t tracefs nodev /sys/kernel/tracing, on a kernel with CONFIG_KPROBE_EVENTS.',
      )
    : ok(`tracefs at ${tracefs}`);
}

function identityFindings(host: LabHostConfig, identity: HostIdentity): Finding[] {
  return identityGate(host.identity, identity).findings.map((says) =>
    stopsRun(
      sentence(says),
      'If this is the host that is meant, correct "identity" in the inventory; else correct its address.',
    ),
  );
}

function biosInWords({ bios, biosDate }: HostIdentity): string {
  const date = biosDate?.trim() ?? '';
  return `BIOS ${bios?.trim() ?? 'unknown'}${date === '' ? '' : ` of ${date}`}`;
}

function biosFindings(host: LabHostConfig, { bios }: HostIdentity): Finding[] {
  if (host.bios !== undefined) return [];
  return host.cells.flatMap(({ name, bios: wanted }) =>
    wanted === undefined || wanted === bios?.trim()
      ? []
      : [
          warning(
            `The cell ${name} wants BIOS ${wanted}, ${bios?.trim() ?? 'none that can be read'} runs, and the inventory says no way to flash one.`,
            'Add "bios: { driver: manual }" to the inventory, or a command.',
          ),
        ],
  );
}

function iommuFinding({ readiness: { iommus }, groups }: HostSight): Finding {
  const count = new Set(groups.map(({ group }) => group)).size;
  if (count > 0) return ok(`${iommus.length === 0 ? 'on' : iommus.join(', ')}, ${count} groups`);
  return iommus.length === 0
    ? stopsRun('The IOMMU is off: there are no IOMMU groups.', switchIommuOn)
    : stopsRun(`${iommus.join(', ')} is there, but no function is in a group.`, switchIommuOn);
}

function moduleFindings({ modules }: ReadinessReading): Finding[] {
  return Object.entries(modules).flatMap(([name, state]) => {
    const module = name.replaceAll('_', '-').replace('vfio-iommu-type1', 'vfio_iommu_type1');
    if (state === 'absent') {
      return [
        stopsRun(
          `The kernel has no module ${module}.`,
          'Boot a kernel with CONFIG_VFIO_PCI and CONFIG_VFIO_IOMMU_TYPE1.',
        ),
      ];
    }
    return state === null
      ? [
          notChecked(
            `Whether the kernel has ${module} cannot be told: /lib/modules lists nothing for it.`,
            `modprobe ${module}`,
          ),
        ]
      : [];
  });
}

function modulesInWords({ modules }: ReadinessReading): string {
  return Object.entries(modules)
    .map(([name, state]) => `${name} ${state ?? 'unknown'}`)
    .join(', ');
}

/** Whether the groups are split is decided by the groups; this says why they may not be. */
function overrideFinding(host: LabHostConfig, identity: HostIdentity): Finding {
  const expected = host.override?.acs;
  if (expected === undefined) return ok('the inventory needs no override');
  const [advice] = overrideAdvice(expected, identity);
  if (advice === undefined) {
    const proof =
      identity.acsOverrideWarning === true
        ? 'and the kernel says that it is on'
        : 'what the kernel said of it at boot is no longer in its log';
    return ok(`pcie_acs_override=${expected}, ${proof}`);
  }
  const mend =
    identity.acsOverrideWarning === false && identity.commandLine.includes(`pcie_acs_override=${expected}`)
      ? 'Boot a kernel that carries the ACS override patch, as those of Proxmox do.'
      : `Boot with it once: comeback verify --host ${host.name} --cmdline pcie_acs_override=${expected}. For good: put it on the kernel command line.`;
  return warning(sentence(advice), mend);
}

function lockFinding(holder: LockHolder | null): Finding {
  return holder === null
    ? ok('no run has this lab')
    : stopsRun(
        `Another run has this lab: ${holderWords(holder)}.`,
        'Wait for its end, or end it; the lock goes with it. Or take it over: comeback soak --take-over.',
      );
}

/** A dead function blocks whoever resets it for 70 s, four of them for nearly five minutes (PCIE_RESET_READY_POLL_MS in the kernel). */
function stuckFinding({ pid, command, where }: StuckTask): Finding {
  return warning(
    `${command} (process ${pid}) waits in ${where}, and no signal reaches it.`,
    'Look again in six minutes. If it still waits, only a reboot by power ends it.',
  );
}

function bootChecks(host: LabHostConfig, boot: BootSight): Check[] {
  const kernels = host.cells.flatMap(({ name, kernel, kernelPackage }) =>
    kernel === undefined ? [] : [{ name, kernel, brought: kernelPackage !== undefined }],
  );
  const bootsCells = host.cells.some(({ kernel, commandLine }) => kernel !== undefined || commandLine !== undefined);
  if ('unknown' in boot) {
    const mend = 'Only --cell, --kernel and --cmdline need it; GRUB, systemd-boot and proxmox-boot-tool are known.';
    const says = `What boots this host cannot be told: ${boot.unknown}`;
    return [checkOf('host', 'boot-loader', bootsCells ? warning(says, mend) : notChecked(says, mend))];
  }
  const missing = kernels.filter(({ kernel, brought }) => !brought && !boot.kernels.includes(kernel));
  return [
    checkOf('host', 'boot-loader', loaderFinding(boot, bootsCells)),
    checkOf('host', 'armed-boot', armedFinding(boot.armed)),
    ...checksOf(
      'host',
      'cell-kernels',
      missing.map(({ name, kernel }) =>
        warning(
          `The cell ${name} wants kernel ${kernel}, which is not installed.`,
          `Install it, or give the cell a "kernelPackage". Installed: ${boot.kernels.join(', ')}.`,
        ),
      ),
      `${boot.kernels.length} installed: ${boot.kernels.join(', ')}`,
    ),
  ];
}

function loaderFinding({ loader, endsBy }: Exclude<BootSight, { unknown: string }>, bootsCells: boolean): Finding {
  if (endsBy === 'loader') return ok(`${loader}, armed for one boot at a time`);
  const says = `${loader} keeps a cell armed until a boot succeeds: a dead kernel is booted again and again.`;
  return bootsCells
    ? warning(says, 'Cells then need --accept-lasting-pin, and a person where their kernel dies.')
    : ok(says);
}

function armedFinding(armed: ArmedBoot | null): Finding {
  if (armed === null) return ok('nothing is armed for the next boot');
  const whose = isOurEntry(armed) ? 'A run of comeback left a boot armed' : 'Somebody else has armed the next boot';
  return warning(
    `${whose}: ${describeArmed(armed)}.`,
    isOurEntry(armed) ? 'The next run takes it back.' : 'Cells are refused until it is taken back or booted.',
  );
}
