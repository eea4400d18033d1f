import { shortAddress } from '../../pci/address.ts';
import { isDisplay, parentOf } from '../machine.ts';
import { brokenFlr } from '../reset-sight.ts';
import { brokenResetFamily } from './amd-gpus.ts';
import { type Case, type Cause, firsts, nameOf, type Rule, toldBy } from './cause.ts';
import { type Death, deathsIn, linesOf } from './death.ts';

/** Root ports of Zen and Zen+ (pci.ids: Zeppelin PCIe GPP Bridge). */
const zenPort = '1022:1453';
/** Chipsets of the time; makers write GA-AX370 and PRIME X470-PRO. */
const zenBoard = /X370|B350|A320|X470|B450|X399|CROSSHAIR VII?\b/i;

/** Names why each dead function died, one cause a slot: the first rule that fits, the most special first. */
export const deadFunctions: Rule = (one) => {
  const causes = deathsIn(one).map((death) => {
    // The most special first.
    const fits = [linkDead, brokenAmdGpu, bridgeConfigLost, brokenFlrUsed, stuckInSleep];
    for (const fit of fits) {
      const cause = fit(death);
      if (cause !== undefined) return cause;
    }
    return justDead(death);
  });
  return merged(causes.length > 0 ? causes : slotlessSleep(one));
};

const powerCycle =
  'To get the function back now: suspend the host to RAM and wake it, else switch it off and on. A warm reboot is not always enough.';

function bridgeConfigLost(death: Death): Cause | undefined {
  const { machine, address, headers, after } = death;
  const port = parentOf(machine, address);
  const headerDead = headers.length > 0;
  if (!headerDead && !after.has('bus reset')) return undefined;
  const onZen = port?.id === zenPort;
  const zenSomewhere =
    [...machine.functions.values()].some(({ id }) => id === zenPort) || zenBoard.test(machine.board ?? '');
  if (!onZen && (port?.id !== undefined || !zenSomewhere)) return undefined;
  const buses = port?.bridgeNow;
  const lost = headerDead && buses?.secondary === 0;
  return {
    id: 'bridge-config-lost',
    sure: lost ? 'certain' : onZen && headerDead && after.has('bus reset') ? 'likely' : 'possible',
    what: 'The port above loses its config when its bus is reset, as AMD root ports 1022:1453 do with AGESA 0.0.7.2 and some later ones; whatever is below reads as all ones.',
    functions: death.addresses,
    why: [
      onZen
        ? `the port above, ${shortAddress(port.address)}, is 1022:1453`
        : 'the board has root ports 1022:1453; which port is above the function was not sent',
      after.has('bus reset')
        ? 'the kernel gave up waiting after a bus reset'
        : 'that a bus reset came before was not sent',
      headerDead ? 'it reads as all ones (header type 7f, 127 in decimal)' : 'that it reads as all ones was not sent',
      lost
        ? 'the port reads back secondary=00: its bus numbers are gone'
        : buses === undefined
          ? 'what the port reads back while the function is dead was not sent ("lspci -vv -s PORT"): secondary=00 would make it certain'
          : `the port reads back secondary=${buses.secondary.toString(16).padStart(2, '0')} in the listing: either its windows are gone, or it was listed before the fault`,
    ],
    evidence: linesOf(death),
    next: [
      'While it is dead, write the config of the port back: bus numbers with setpci, or the whole of its first 64 bytes from before the fault. This has helped even where the values looked right. The function then answers without a reboot.',
      'For good: a kernel that saves and restores the config of the bridge around a bus reset, or a BIOS older than AGESA 0.0.7.2, or a newer one that is proven to be free of it.',
      powerCycle,
    ],
  };
}

function brokenAmdGpu(death: Death): Cause | undefined {
  const known = death.ids.map(brokenResetFamily).find((one) => one !== undefined);
  // vendor-reset names the family itself, and is loaded then.
  const tried = death.told.find(({ line }) => line.id === 'vendor-reset-failed');
  const family =
    known ?? (tried === undefined ? undefined : { name: tried.fields['family'] ?? 'AMD', vendorReset: true });
  if (family === undefined) return undefined;
  return {
    id: 'amd-gpu-reset-bug',
    sure: death.told.length > 0 ? 'likely' : 'possible',
    what: `This AMD GPU (${family.name}) does not survive the resets that it has: the reset bug of its family.`,
    functions: death.addresses,
    why: [
      known === undefined
        ? `vendor-reset says that it is of the family ${family.name}`
        : `${nameOf(death.machine, death.address)} (${death.ids.join(', ')}) is of the family ${family.name}`,
      'it stopped answering around a reset',
    ],
    evidence: linesOf(death),
    next: [
      ...(tried !== undefined
        ? [
            'vendor-reset is loaded and could not reset it: load it before anything touches the GPU, and take its newest version.',
          ]
        : family.vendorReset
          ? [
              'Load the module vendor-reset before the first VM start, and from 5.15 on write "device_specific" to reset_method of the GPU.',
            ]
          : []),
      'Let the guest shut its driver down cleanly before the VM stops (in Windows: disable the GPU in a shutdown script).',
      powerCycle,
    ],
  };
}

function linkDead(death: Death): Cause | undefined {
  const port = parentOf(death.machine, death.address);
  const told = death.told.filter(({ line }) => line.id === 'bus-error-inaccessible');
  if (port === undefined || told.length === 0 || death.after.size > 0) return undefined;
  return {
    id: 'link-lost',
    sure: 'possible',
    what: 'The link between the port and the function broke down.',
    functions: death.addresses,
    why: ['it reported an error that could not be corrected and then no longer answered'],
    evidence: linesOf(death),
    next: [
      'Reseat the card, take out risers, force a lower link speed in the BIOS, and look at corrected errors before the fault.',
      powerCycle,
    ],
  };
}

function brokenFlrUsed(death: Death): Cause | undefined {
  const id = death.ids.find((one) => brokenFlr.has(one));
  if (id === undefined || !death.after.has('FLR')) return undefined;
  return {
    id: 'broken-flr',
    sure: 'certain',
    what: 'The function says that it has FLR and hangs when it is used; this kernel does not know that yet.',
    functions: death.addresses,
    why: [
      `${nameOf(death.machine, death.address)} is ${id}, for which kernels from 5.15 on refuse FLR (quirk_no_flr)`,
      'the kernel gave up waiting after an FLR',
    ],
    evidence: linesOf(death),
    next: ['Boot a kernel from 5.15 on.', powerCycle],
  };
}

function stuckInSleep(death: Death): Cause | undefined {
  const asleep = death.told.filter(
    ({ line, fields }) => line.id.startsWith('power-state') || /resume|power up/.test(fields['after'] ?? ''),
  );
  if (asleep.length === 0 || death.after.has('bus reset') || death.after.has('FLR')) return undefined;
  return {
    id: 'stuck-in-d3',
    sure: asleep.some(({ fields }) => fields['from'] === 'D3cold' || /resume/.test(fields['after'] ?? ''))
      ? 'likely'
      : 'possible',
    what: 'The function was put to sleep while no VM had it and does not wake: D3, or D3cold through its port.',
    functions: death.addresses,
    why: [
      'it refused to leave its power state, or did not answer when it was woken',
      'a function that is dead for another reason reads as D3 too',
    ],
    evidence: linesOf(death),
    next: [
      'Boot with vfio-pci.disable_idle_d3=1, or write 0 to d3cold_allowed of the function and of its port.',
      powerCycle,
    ],
  };
}

function slotlessSleep(one: Case): Cause[] {
  const asleep = toldBy(one, 'qemu-stuck-in-d3');
  if (asleep.length === 0) return [];
  return [
    {
      id: 'stuck-in-d3',
      sure: 'possible',
      what: 'A function does not wake, or is dead and reads as D3; QEMU does not say which, and starts the VM all the same.',
      functions: [],
      why: ['QEMU could not power it on'],
      evidence: firsts(asleep),
      next: [
        'Boot with vfio-pci.disable_idle_d3=1.',
        'Read the kernel log of the same second for the function, and prove it from inside the guest.',
      ],
    },
  ];
}

function justDead(death: Death): Cause {
  const { machine, address, addresses, after } = death;
  const gpu = addresses.some((one) => isDisplay(machine.functions.get(one) ?? { address: one }));
  return {
    id: 'function-dead',
    sure: 'possible',
    what: `It stopped answering ${after.size > 0 ? `after ${[...after].join(', ')}` : 'at some time'}; what is behind it these lines do not say.`,
    functions: addresses,
    why: [
      parentOf(machine, address) === undefined
        ? 'the port above it was not sent (lspci -vv)'
        : 'nothing known fits this function and its port',
      ...(gpu && after.has('bus reset') ? ['for a GPU the port, a riser or its own firmware come into question'] : []),
    ],
    evidence: linesOf(death),
    next: [
      'While it is dead, send "lspci -nnvvv" of the function and of the port above it, run by root, and the kernel log from the boot on.',
      'See whether it also dies with "echo > reset_method" (no reset at all): that tells a bad reset from a bad function.',
      powerCycle,
    ],
  };
}

/** The same cause in several slots is one. */
function merged(causes: readonly Cause[]): Cause[] {
  const known = new Map<string, Cause>();
  for (const cause of causes) {
    const key = `${cause.id} ${cause.what}`;
    const other = known.get(key);
    known.set(
      key,
      other === undefined
        ? cause
        : {
            ...other,
            sure: order.indexOf(cause.sure) < order.indexOf(other.sure) ? cause.sure : other.sure,
            functions: [...new Set([...other.functions, ...cause.functions])],
            why: [...new Set([...other.why, ...cause.why])],
            evidence: [...other.evidence, ...cause.evidence],
          },
    );
  }
  return [...known.values()];
}

const order = ['certain', 'likely', 'possible'];
