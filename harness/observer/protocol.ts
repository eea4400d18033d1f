import { z } from 'zod';

/**
 * What the observer on the host says, one JSON object a line. `mono` is the host's CLOCK_MONOTONIC in seconds.
 * Requests go the other way as `<id> <verb> <argument>…`, words that hold no white space; free text is percent-encoded:
 * `ping`, `identity`, `groups`, `tree`, `usage`, `guests`, `stuck-tasks`, `readiness <function>…`, `lock <owner>`, `lock-holder`, `give-way <new owner>`, `oust <pid> <TERM|KILL>`, `watch <function>…`,
 * `watch-vm <pid file>`, `vm-process`, `signal-vm <pid> <start> <TERM|KILL>`, `look`, `edge <deadline in ms> <last reading told> <function>…`, `trace-resets`, `catch-up`.
 */
export const protocolVersion = 1;

const mono = z.number().nonnegative();
const fn = z.string();

/** Cheap tier of one function: cached sysfs only, none of it can wake or disturb a device. */
export const cheapState = z.strictObject({
  present: z.boolean(),
  driver: z.string().nullable(),
  group: z.number().int().nullable(),
  powerState: z.string().nullable(),
  runtimeStatus: z.string().nullable(),
  enableCount: z.number().int().nullable(),
});
export type CheapState = z.infer<typeof cheapState>;

const errorCounts = z.strictObject({
  correctable: z.number().int(),
  nonFatal: z.number().int(),
  fatal: z.number().int(),
});

export const stuckTasks = z.array(z.strictObject({ pid: z.number().int(), command: z.string(), where: z.string() }));

/** The process of the VM that is watched, null where there is none. `start` (proc(5), field 22) tells it from a later one of its number. */
export const vmProcessReading = z
  .strictObject({ pid: z.number().int(), start: z.string(), argv: z.array(z.string()) })
  .nullable();
export type VmProcess = NonNullable<z.infer<typeof vmProcessReading>>;

/** Processes that are a virtual machine or a container. */
export const guestsReading = z.array(z.strictObject({ pid: z.number().int(), command: z.string() }));

const holder = z.strictObject({
  pid: z.number().int(),
  command: z.string(),
  file: z.string(),
  functions: z.array(fn),
});

const edgeReading = z.strictObject({
  ...cheapState.shape,
  config: z.string().nullable(),
  linkSpeed: z.string().nullable(),
  linkWidth: z.number().int().nullable(),
  resetMethods: z.array(z.string()).nullable(),
  /** The parent port; `express` is absent where the port has no PCI Express capability or does not answer. */
  bridge: z
    .strictObject({
      address: fn,
      config: z.string().nullable(),
      express: z.string().optional(),
      expressOffset: z.number().int().optional(),
      errors: errorCounts.nullable(),
    })
    .nullable(),
  errors: errorCounts.nullable(),
});

export const identityReading = z.strictObject({
  bootId: z.string(),
  hostname: z.string(),
  kernelRelease: z.string(),
  commandLine: z.string(),
  boardVendor: z.string().nullable(),
  boardName: z.string().nullable(),
  biosVendor: z.string().nullable(),
  biosVersion: z.string().nullable(),
  biosDate: z.string().nullable(),
  /** The override's own line in the kernel log; null where the log no longer reaches back to the boot. */
  acsOverrideWarning: z.boolean().nullable(),
});
export type IdentityReading = z.infer<typeof identityReading>;

/** Every function in every IOMMU group, from cached sysfs values. */
export const groupsReading = z.array(
  z.strictObject({
    address: fn,
    group: z.number().int(),
    vendorDevice: z.string(),
    classCode: z.string(),
    driver: z.string().nullable(),
  }),
);
export type GroupsReading = z.infer<typeof groupsReading>;

/** Every function of the host with the port that it hangs below; `parent` is null on a root bus. From cached sysfs values. */
export const treeReading = z.array(
  z.strictObject({
    address: fn,
    parent: fn.nullable(),
    vendorDevice: z.string(),
    classCode: z.string(),
    driver: z.string().nullable(),
  }),
);

/** What the host does with its hardware: where each disk and network interface hangs, what is mounted and swapped on. */
export const usageReading = z.strictObject({
  blockDevices: z.array(
    z.strictObject({
      name: z.string(),
      sysfsPath: z.string(),
      partitions: z.array(z.string()),
      /** Disks and partitions that a device-mapper or md device is made of, so that LVM on a disk can be seen. */
      slaves: z.array(z.string()),
      /** Name under /dev/mapper, null for what is no device-mapper device. */
      mapperName: z.string().nullable(),
    }),
  ),
  networkInterfaces: z.array(z.strictObject({ name: z.string(), sysfsPath: z.string(), operState: z.string() })),
  mounts: z.array(z.strictObject({ source: z.string(), target: z.string() })),
  swaps: z.array(z.string()),
});
export type UsageReading = z.infer<typeof usageReading>;

const lockHolder = z.strictObject({
  /** Run, person and controller, as the holder says. */
  owner: z.string(),
  /** Of its observer, as the kernel knows it; null where it could not be told. */
  pid: z.number().int().nullable(),
  heldSeconds: z.number().int().nullable(),
  /** When it took the lock by the host's clock, in seconds since the epoch. */
  sinceEpoch: z.number().int().nullable(),
  /** Since its controller's last word; a live one speaks every 20 s, and without any the observer ends after 90 s. */
  silentSeconds: z.number().int().nullable(),
});
export type LockHolder = z.infer<typeof lockHolder>;

export const lockReading = z.discriminatedUnion('held', [
  z.strictObject({ held: z.literal('by-us') }),
  z.strictObject({ held: z.literal('by-other'), holder: lockHolder }),
]);

export type LockReading = z.infer<typeof lockReading>;

/** Who has the lock, null where nobody does. */
export const lockHolderReading = z.strictObject({ holder: lockHolder.nullable() });

/** A kernel module: null where the host has no list of what is installed. */
const moduleState = z.enum(['loaded', 'installed', 'absent']).nullable();

/** What a run needs of the host besides its hardware, from cached values. */
export const readinessReading = z.strictObject({
  /** Whether the observer runs as root. */
  root: z.boolean(),
  perl: z.string(),
  /** Where tracefs is mounted; null where it is not, or where the kernel has no kprobe events. */
  tracefs: z.string().nullable(),
  iommus: z.array(z.string()),
  modules: z.strictObject({ vfio_pci: moduleState, vfio_iommu_type1: moduleState }),
  /** Those of the functions asked for that the host has. `methods` is null before 5.15 and where there is none. */
  functions: z.record(fn, z.strictObject({ resettable: z.boolean(), methods: z.array(z.string()).nullable() })),
  /** Who has the VFIO files of these functions open, the VM's own QEMU among them. */
  holders: z.array(holder),
});
export type ReadinessReading = z.infer<typeof readinessReading>;

/** How often the cheap tier has looked since the observer started: the proof that silence means no change. */
export const pingResult = z.strictObject({ samples: z.number().int() });

/** A reading in full with its number, or the number of one of the same function that was told before and is the same. */
const saidReading = z.union([
  z.strictObject({ known: z.number().int() }),
  z.strictObject({ as: z.number().int(), reading: edgeReading }),
]);
export type SaidReading = z.infer<typeof saidReading>;

export const edgeResult = z.strictObject({
  bootId: z.string(),
  functions: z.record(fn, saidReading),
  /** Who keeps a function from the next VM at this moment. */
  tasks: z.strictObject({ holders: z.array(holder), stuck: stuckTasks }),
});

/** Names of kernel functions: those whose calls are told from now on, and those that this kernel does not have or has inlined. */
export const tracingResult = z.strictObject({ probes: z.array(z.string()), absent: z.array(z.string()) });
export type TracingReading = z.infer<typeof tracingResult>;

const replyShape = { t: z.literal('reply'), id: z.number().int(), mono };
const reply = z.discriminatedUnion('ok', [
  z.strictObject({ ...replyShape, ok: z.literal(true), result: z.unknown() }),
  z.strictObject({ ...replyShape, ok: z.literal(false), error: z.string(), message: z.string() }),
]);

export const observerMessage = z.discriminatedUnion('t', [
  z.strictObject({
    t: z.literal('hello'),
    protocol: z.number().int(),
    mono,
    bootId: z.string(),
    pid: z.number().int(),
    /** Whether /dev/kmsg could be opened: without it the kernel's words are missing from the run. */
    kernelLog: z.boolean(),
    /** Whether the kernel announces devices to us; without it the cheap tier sees them a tick later. */
    uevents: z.boolean(),
  }),
  /** Only the fields that changed; the first one after `watch` has all of them. */
  z.strictObject({ t: z.literal('change'), mono, function: fn, state: cheapState.partial() }),
  /** Functions that came into or left the host's PCI listing. */
  z.strictObject({ t: z.literal('listing'), mono, added: z.array(fn), removed: z.array(fn) }),
  /** The PID in the VM's pid file, null while there is none or its process is gone: an aborted QEMU leaves the file behind. */
  z.strictObject({ t: z.literal('vm'), mono, pid: z.number().int().nullable() }),
  z.strictObject({
    t: z.literal('uevent'),
    mono,
    action: z.string(),
    subsystem: z.string(),
    devpath: z.string(),
    function: fn.nullable(),
    driver: z.string().nullable(),
  }),
  /** One record of /dev/kmsg; `usec` is the kernel's own stamp (Documentation/ABI/testing/dev-kmsg). */
  z.strictObject({
    t: z.literal('kmsg'),
    seq: z.number().int(),
    usec: z.number().int(),
    level: z.number().int(),
    text: z.string(),
  }),
  /** /dev/kmsg overwrote records before they could be read (EPIPE): what was lost is unknown. */
  z.strictObject({ t: z.literal('kmsg-gap'), mono }),
  /** A call of a kernel function that resets, or its return: a line of our instance's trace_pipe (Documentation/trace/ftrace.rst). */
  z.strictObject({ t: z.literal('trace'), line: z.string() }),
  /** So many such lines were left out before the next one, by the kernel or by us. */
  z.strictObject({ t: z.literal('trace-lost'), mono, count: z.number().int() }),
  /** Somebody took the lab over: the lock is theirs, and the observer ends. */
  z.strictObject({ t: z.literal('ousted'), mono, by: z.string() }),
  /** Nobody traces any more, though the observer lives. */
  z.strictObject({ t: z.literal('trace-ended'), mono }),
  reply,
]);
export type ObserverMessage = z.infer<typeof observerMessage>;
export type ObserverEvent = Exclude<ObserverMessage, { t: 'reply' }>;
