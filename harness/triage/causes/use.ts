import type { LogLineId } from '../../pci/kernel-catalogue/catalogue.ts';
import type { Told } from '../fault-tally.ts';
import { type Case, type Cause, devicesOf, firsts, nameOf, type Rule, toldBy } from './cause.ts';

/** Causes that lie in how functions are used: who holds them, what they are called, which errors they report. */
export const useCauses: Rule = (one) => [
  ...fromLines(one),
  ...missing(one),
  ...openFailed(one),
  ...strayDma(one),
  ...linkErrors(one),
];

interface SimpleCause extends Pick<Cause, 'id' | 'sure' | 'what' | 'next'> {
  readonly lines: readonly LogLineId[];
  readonly why: string;
}

const simple: readonly SimpleCause[] = [
  {
    id: 'function-held',
    lines: [
      'group-busy',
      'pve-function-taken',
      'libvirt-function-taken',
      'device-release-blocked',
      'device-request',
      'pve-vm-locked',
    ],
    sure: 'certain',
    what: 'Somebody else holds the function or its VM.',
    why: 'the kernel, QEMU or the VM manager says so',
    next: [
      'Find who: fuser -v /dev/vfio/N, ps for a QEMU in state D, the task list of the VM.',
      'Never unbind a function that is in use: the task that does it cannot be killed.',
    ],
  },
  {
    id: 'framebuffer-holds-bar',
    lines: ['bar-not-reserved', 'bar-not-mapped'],
    sure: 'likely',
    what: 'The host still draws on the GPU: the framebuffer of its boot console holds a BAR.',
    why: 'a BAR of the function could not be reserved or mapped',
    next: [
      'Boot with initcall_blacklist=sysfb_init (before 5.15: video=efifb:off), or make another GPU the first in the BIOS.',
    ],
  },
  {
    id: 'rom-unreadable',
    lines: ['rom-not-read', 'rom-signature-bad'],
    sure: 'possible',
    what: 'The option ROM of the function cannot be read, so the guest may show no picture.',
    why: 'the kernel or QEMU could not read it; a dead function cannot be read either',
    next: ['Give the VM a ROM file of this very card (romfile=), or none (rombar=0).'],
  },
  {
    id: 'hardware-moved',
    lines: ['pve-mapping-invalid'],
    sure: 'certain',
    what: 'The hardware is no longer where the mapping of the VM says.',
    why: 'Proxmox compares id and group of a mapped function at every start',
    next: ['See what changed: a card, a BIOS setting, the ACS override. Then make the mapping anew.'],
  },
  {
    id: 'memory-limit',
    lines: ['memlock-exceeded', 'dma-map-failed'],
    sure: 'likely',
    what: 'The memory of the VM cannot be pinned for its functions.',
    why: 'the kernel or QEMU ran into a limit',
    next: ['Raise the memlock limit of QEMU, switch ballooning off, and see that the host has the memory free.'],
  },
];

function fromLines(one: Case): Cause[] {
  return simple.flatMap(({ lines, why, ...cause }) => {
    const told = toldBy(one, ...lines);
    return told.length === 0 ? [] : [{ ...cause, why: [why], functions: devicesOf(told), evidence: firsts(told) }];
  });
}

function missing(one: Case): Cause[] {
  const told = toldBy(one, 'pve-function-missing', 'no-such-host-device', 'libvirt-function-missing');
  if (told.length === 0) return [];
  const dead = toldBy(one, 'header-type-unknown', 'hotplug-gone', 'iommu-group-removed');
  return [
    {
      id: 'function-missing',
      sure: dead.length > 0 ? 'likely' : 'possible',
      what: 'The VM is to get a function that the system no longer has.',
      functions: devicesOf(told),
      why: [
        'the VM manager looked for it in sysfs',
        dead.length > 0
          ? 'the kernel took it out, or would not take it back'
          : 'it may also sit at another address since the last boot: adding a card renumbers buses',
      ],
      evidence: firsts([...told, ...dead]),
      next: [
        'Compare addresses with lspci -nn.',
        'If it is nowhere: remove all its functions and rescan the bus; "unknown header type 7f" then means that the port or the slot needs help, not the function.',
      ],
    },
  ];
}

function openFailed(one: Case): Cause[] {
  const told = toldBy(one, 'device-open-failed', 'group-absent');
  return told.map((open) => ({
    id: 'open-failed',
    sure: 'possible' as const,
    what: `The kernel would not open ${open.device === undefined ? 'a function' : nameOf(one.machine, open.device)} for QEMU: ${open.fields['why'] ?? 'not bound to vfio-pci'}.`,
    functions: devicesOf([open]),
    why: [
      '"Input/output error" is what a dead function gives; "No such device" and "No such file or directory" one that is not bound to vfio-pci',
    ],
    evidence: [open.first],
    next: ['Read the kernel log of the same second, and the driver of every function in the group (lspci -nnk).'],
  }));
}

function strayDma(one: Case): Cause[] {
  const told = toldBy(one, 'amd-io-page-fault', 'amd-device-event', 'dmar-fault');
  if (told.length === 0) return [];
  return [
    {
      id: 'stray-dma',
      sure: 'possible',
      what: 'A function does DMA to memory that it no longer has, as one does that was not reset when its VM stopped.',
      functions: devicesOf(told),
      why: [`the IOMMU refused ${sum(told)} requests`, 'whether a VM had just stopped these lines do not say'],
      evidence: firsts(told),
      next: [
        'See how the function is reset (above): one without any reset keeps running when its VM is gone. Let the guest shut its driver down first.',
      ],
    },
  ];
}

/** Fewer corrected errors come with any long cable. */
const manyCorrected = 100;

function linkErrors(one: Case): Cause[] {
  const uncorrected = toldBy(
    one,
    'aer-uncorrected-received',
    'bus-error-uncorrected',
    'aer-from-firmware',
    'dpc-containment',
  );
  const corrected = toldBy(one, 'aer-corrected-received', 'bus-error-corrected');
  if (uncorrected.length === 0 && sum(corrected) < manyCorrected) return [];
  return [
    {
      id: 'link-errors',
      sure: 'possible',
      what: 'The PCI Express link of a function has errors.',
      functions: devicesOf(uncorrected.length > 0 ? uncorrected : corrected),
      why: [
        ...(uncorrected.length > 0
          ? ['errors that the hardware could not correct; around a bus reset they belong to the reset']
          : []),
        ...(sum(corrected) >= manyCorrected ? [`${sum(corrected)} corrected errors`] : []),
      ],
      evidence: firsts([...uncorrected, ...corrected]),
      next: ['Reseat the card, take out risers, force a lower link speed in the BIOS.'],
    },
  ];
}

function sum(told: readonly Told[]): number {
  return told.reduce((total, { count }) => total + count, 0);
}
