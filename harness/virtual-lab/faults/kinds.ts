/** Moments at which a fault can happen. */
export const faultMoments = ['bus-reset', 'vm-start', 'vm-stop', 'boot'] as const;
export type FaultMoment = (typeof faultMoments)[number];

/** What a kind of fault needs to be told. */
interface FaultKind {
  readonly moments: readonly FaultMoment[];
  /**
   * What `where` means. `slot`: the port, named itself or by a function below it. `function`: one function alone.
   * `any`: either. `reset-port`: a fault of the whole host, for which `where` only says whose bus reset brings it.
   */
  readonly where: 'slot' | 'function' | 'any' | 'reset-port';
  /** Why the other moments make no sense; ends the sentence "… never happens at …, because". */
  readonly elsewhere?: string;
}

const runtime = ['bus-reset', 'vm-start', 'vm-stop'] as const;

export const faultKinds = {
  /** The port loses the numbers of the buses below it; the true mechanism of the seed's bug. */
  'bridge-config-lost': { moments: faultMoments, where: 'slot' },
  /** Slot Control's Power Controller Control cuts the slot's power. */
  'slot-power-off': { moments: faultMoments, where: 'slot' },
  /** Link Disable of the port is set and its link goes down. */
  'link-down': { moments: faultMoments, where: 'slot' },
  /** The task that resets the bus sleeps uninterruptibly. */
  'hang-on-reset': { moments: ['bus-reset'], where: 'reset-port', elsewhere: 'it is the reset that hangs' },
  'kernel-panic': { moments: faultMoments, where: 'reset-port' },
  'sshd-dies': { moments: runtime, where: 'reset-port', elsewhere: 'sshd starts later' },
  'spontaneous-reboot': { moments: faultMoments, where: 'reset-port' },
  /** The kernel panics in the initramfs, as one does that finds no root disk. */
  'no-boot': { moments: ['boot'], where: 'reset-port', elsewhere: 'a host that does not boot runs no VM' },
  /** The line of the AMD IOMMU's driver for a page fault of the function. */
  'iommu-fault': { moments: faultMoments, where: 'function' },
  /** The lines of an uncorrectable error that the function, or the port itself, sent to its root port. */
  'aer-uncorrectable': { moments: faultMoments, where: 'any' },
  /** The function goes from the kernel's tree, as soon as no VM holds any. */
  'function-removed': { moments: faultMoments, where: 'function' },
} as const satisfies Record<string, FaultKind>;

export type FaultKindName = keyof typeof faultKinds;

export function faultKind(name: FaultKindName): FaultKind {
  return faultKinds[name];
}

export function isFaultKindName(name: string): name is FaultKindName {
  return Object.hasOwn(faultKinds, name);
}

export const faultKindNames: readonly FaultKindName[] = Object.keys(faultKinds).filter(isFaultKindName);
