import type { Told } from '../fault-tally.ts';
import { type Case, type Cause, devicesOf, firsts, type Rule, toldBy } from './cause.ts';

/** Causes that lie with the host: its IOMMU, its limits, its tasks. */
export const hostCauses: Rule = (one) => [
  ...iommuOff(one),
  ...interruptRemapping(one),
  ...iommuStalled(one),
  ...wedged(one),
];

function iommuOff(one: Case): Cause[] {
  const told = toldBy(one, 'vfio-container-failed', 'pve-no-iommu', 'libvirt-no-iommu');
  if (told.length === 0 || toldBy(one, 'no-interrupt-remapping').length > 0) return [];
  const on = one.machine.boots.some(({ iommuOn, groups }) => iommuOn || groups.size > 0);
  return [
    {
      id: 'iommu-off',
      sure: on ? 'possible' : 'likely',
      what: 'The host offers no IOMMU to VMs.',
      functions: devicesOf(told),
      why: [
        'the VM manager found none',
        on
          ? 'but the kernel log shows one that is on: look at vfio_iommu_type1 and at the other functions of the group'
          : 'the texts show no IOMMU and no IOMMU group',
      ],
      evidence: firsts(told),
      next: [
        'Switch it on in the BIOS (AMD: IOMMU, SVM; Intel: VT-d).',
        'On Intel boot with intel_iommu=on. See that vfio_iommu_type1 is loaded.',
      ],
    },
  ];
}

function interruptRemapping(one: Case): Cause[] {
  const told = toldBy(one, 'no-interrupt-remapping');
  if (told.length === 0) return [];
  return [
    {
      id: 'no-interrupt-remapping',
      sure: 'certain',
      what: 'The platform does not remap interrupts, so vfio refuses every function.',
      functions: [],
      why: ['the kernel says so'],
      evidence: firsts(told),
      next: [
        'Switch interrupt remapping (x2APIC) on in the BIOS and update it; take intremap=off off the command line.',
        'Last resort, which gives up isolation: vfio_iommu_type1.allow_unsafe_interrupts=1.',
      ],
    },
  ];
}

function iommuStalled(one: Case): Cause[] {
  const stalled = toldBy(one, 'iommu-stall', 'dmar-invalidation-timeout');
  if (stalled.length === 0) return [];
  const unanswered = toldBy(one, 'amd-iotlb-timeout');
  return [
    {
      id: 'iommu-stalled',
      sure: unanswered.length > 0 ? 'certain' : 'likely',
      what: 'A function that no longer answers holds up the IOMMU: the host hangs within minutes, with all its disks and networks.',
      functions: devicesOf(unanswered),
      why: [
        'the IOMMU waits for its commands to complete',
        unanswered.length > 0
          ? 'it names the function that owes it an answer'
          : 'which function owes it an answer is not said',
      ],
      evidence: firsts([...unanswered, ...stalled]),
      next: [
        'Reboot by power, at once: nothing that is written now is safe.',
        'Then find why the function dies; for an AMD GPU that has ATS, see its reset bug.',
      ],
    },
  ];
}

/** Tasks that close or reset functions. */
const resetTask = /\b(?:kvm|qemu|vfio|libvirt|rpc-|virsh|CPU \d+\/KVM)|pciehp|irq\/\d+-aer/i;

function wedged(one: Case): Cause[] {
  const tasks = toldBy(
    one,
    'hung-task',
    'soft-lockup',
    'rcu-stall',
    'hard-lockup',
    'device-release-blocked',
    'pve-stop-forced',
  );
  const gaveUp = toldBy(one, 'reset-gave-up', 'reset-waiting');
  // A start that takes too long has many reasons; with a function that does not answer it has this one.
  if (gaveUp.length > 0) tasks.push(...toldBy(one, 'pve-start-timeout'));
  if (tasks.length === 0) return [];
  const atReset = tasks.filter(isAtReset);
  return [
    {
      id: 'host-wedged',
      sure: atReset.length > 0 && gaveUp.length > 0 ? 'likely' : 'possible',
      what:
        atReset.length > 0
          ? 'The host hangs in a reset or close of a function.'
          : 'The host hangs; that passthrough is behind it these lines do not say.',
      functions: devicesOf(gaveUp),
      why: [
        atReset.length > 0 ? 'what is stuck is a VM or vfio' : 'the stuck task is none of a VM',
        ...(gaveUp.length > 0
          ? ['the kernel waited for a function after a reset; each dead one blocks its caller for about 70 s']
          : []),
      ],
      evidence: firsts(tasks),
      next: [
        'Wait six minutes: four dead functions take nearly five. Then reboot by power; a task in state D cannot be killed.',
        'For the next time: kernel.hung_task_panic=1 and kernel.panic=30 make a reboot of it, netconsole or pstore keep the trace.',
      ],
    },
  ];
}

function isAtReset({ line, fields }: Told): boolean {
  return (
    resetTask.test(fields['task'] ?? '') ||
    ['device-release-blocked', 'pve-stop-forced', 'pve-start-timeout'].includes(line.id)
  );
}
