import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import type { BridgeHealth, ErrorCounts, FunctionHealth } from '../pci/health.ts';
import { type Symptom, symptoms } from '../pci/symptoms.ts';
import { RunJudge } from './run-judge.ts';
import {
  deadConfig,
  syntheticConfig,
  syntheticExpress,
  type SyntheticCycle,
  SyntheticJournal,
} from './synthetic-journal.ts';
import type { CycleJudgement, Verdict } from './verdict.ts';

/** A cycle that a working judge must not let pass. */
interface KnownBad {
  readonly cycle: SyntheticCycle;
  /** The verdict that the bad function must get. */
  readonly verdict: Verdict;
  /** The verdict that the function beside it must get. */
  readonly neighbour: Verdict;
}

/** The part of {@link RunJudge} that the canary speaks to. */
type Judge = Pick<RunJudge, 'push'>;

/**
 * Proves that the judge can say no: feeds it one known-bad cycle per symptom, each after a good one, and looks whether it raises
 * exactly that symptom on the bad function and leaves the good ones alone. A run whose judge stays silent would prove nothing.
 *
 * @param newJudge gives a fresh judge a journal.
 */
export function runCanary(newJudge: () => Judge = () => new RunJudge()): { checked: number; silent: Symptom[] } {
  const silent = symptoms.filter((symptom) => knownBad[symptom].some((bad) => !isNoticed(newJudge(), symptom, bad)));
  return { checked: symptoms.length, silent };
}

function isNoticed(judge: Judge, symptom: Symptom, bad: KnownBad): boolean {
  const { events } = new SyntheticJournal([
    { address: bird, role: 'gpu', health },
    { address: neighbour, role: 'usb', health: { ...health, bridge: { ...healthyPort, address: neighbourPort } } },
  ])
    .begin()
    .cycle()
    .cycle(bad.cycle)
    .finish();
  const judged = events.map((event) => judge.push(event)).filter((judgement) => judgement !== undefined);
  const [good, spoilt] = judged;
  if (judged.length !== 2 || good === undefined || spoilt === undefined) return false;
  const symptomsOf = (judgement: CycleJudgement, address: PciAddress): Symptom[] =>
    verdictIn(judgement, address)?.departures.map((departure) => departure.symptom) ?? [];
  const raised = symptomsOf(spoilt, bird);
  return (
    good.outcome === 'pass' &&
    good.functions.every(({ verdict, departures }) => verdict === 'survived' && departures.length === 0) &&
    verdictIn(spoilt, bird)?.verdict === bad.verdict &&
    raised.length === 1 &&
    raised[0] === symptom &&
    verdictIn(spoilt, neighbour)?.verdict === bad.neighbour &&
    (bad.neighbour !== 'survived' || symptomsOf(spoilt, neighbour).length === 0)
  );
}

function verdictIn(judgement: CycleJudgement, address: PciAddress): CycleJudgement['functions'][number] | undefined {
  return judgement.functions.find((verdict) => verdict.address === address);
}

const bird = known('0000:01:00.0');
const neighbour = known('0000:02:00.0');
const port = known('0000:00:01.0');
const neighbourPort = known('0000:00:02.0');

const portConfig = { 0x00: 0x22, 0x01: 0x10, 0x0e: 0x01, 0x18: 0x00, 0x19: 0x01, 0x1a: 0x01 };

const noErrors: ErrorCounts = { correctable: 0, nonFatal: 0, fatal: 0 };

const healthyPort: BridgeHealth = {
  address: port,
  config: syntheticConfig(portConfig),
  express: syntheticExpress(),
  errors: noErrors,
};

const health: FunctionHealth = {
  present: true,
  config: syntheticConfig({ 0x00: 0xde, 0x01: 0x10, 0x02: 0x82, 0x03: 0x1c }),
  driver: 'vfio-pci',
  group: 1,
  linkSpeed: '8.0 GT/s PCIe',
  linkWidth: 16,
  powerState: 'D0',
  runtimeStatus: 'active',
  enableCount: 0,
  resetMethods: ['bus'],
  bridge: healthyPort,
  errors: noErrors,
};

/** A cycle after which the port reads so. */
function portAfter(bridge: Partial<BridgeHealth>): SyntheticCycle {
  return { health: { after: [{ address: bird, change: { bridge: { ...healthyPort, ...bridge } } }] } };
}

/** A cycle in which the guest lacks the bird, and nothing on the host shows it. */
function inGuest(symptom: 'guest-missing' | 'guest-unusable', reading: string): SyntheticCycle {
  return { guest: { answeredMs: 40_000, asked: 2, findings: [{ address: bird, symptom, reading }] } };
}

/** A new symptom without an entry here does not compile. */
const knownBad: Record<Symptom, readonly KnownBad[]> = {
  missing: [lost({ health: { after: [{ address: bird, change: { present: false, config: null, driver: null } }] } })],
  'config-dead': [
    lost({ health: { after: [{ address: bird, change: { config: deadConfig } }] } }),
    lost({ health: { running: [{ address: bird, change: { config: deadConfig } }] } }),
  ],
  'port-dead': [lost(portAfter({ config: deadConfig })), lost(portAfter({ config: null }))],
  'bridge-config-lost': [lost(portAfter({ config: syntheticConfig({ ...portConfig, 0x19: 0 }) }))],
  'slot-power-off': [lost(portAfter({ express: syntheticExpress({ powerOff: true }) }))],
  'link-down': [lost(portAfter({ express: syntheticExpress({ linkDisabled: true }) }))],
  'stuck-in-d3': [
    lost({
      start: {
        ok: true,
        output: 'kvm: -device vfio-pci,host=0000:01:00.0: vfio: Unable to power on device, stuck in D3',
      },
    }),
  ],
  'link-degraded': [degraded({ health: { after: [{ address: bird, change: { linkWidth: 8 } }] } })],
  'wrong-driver': [degraded({ health: { after: [{ address: bird, change: { driver: 'xhci_hcd' } }] } })],
  'group-changed': [degraded({ health: { after: [{ address: bird, change: { group: 2 } }] } })],
  'reset-method-changed': [degraded({ health: { after: [{ address: bird, change: { resetMethods: null } }] } })],
  'vm-refused': [
    lost({ health: { running: [{ address: bird, change: { enableCount: 0 } }] } }),
    lost({
      start: {
        ok: false,
        output:
          'kvm: -device vfio-pci,host=0000:01:00.0: vfio 0000:01:00.0: error getting device from group 1: Input/output error',
      },
    }),
  ],
  'guest-missing': [lost(inGuest('guest-missing', 'the guest lists no 10de:1c82 in its place'))],
  'guest-unusable': [lost(inGuest('guest-unusable', '0000:01:00.0 in the guest: no driver is bound to it'))],
  'still-held': [
    degraded({
      holders: { after: [{ pid: 7, command: 'qemu-system-x86', file: '/dev/vfio/1', functions: [bird] }] },
    }),
  ],
  'reset-failed': [
    degraded({ kernel: ['vfio-pci 0000:01:00.0: not ready 65535ms after bus reset; giving up'] }),
    degraded({ kernel: ['pcieport 0000:00:01.0: not ready 65535ms after bus reset; giving up'] }),
  ],
  'iommu-fault': [
    degraded({
      kernel: ['AMD-Vi: Event logged [IO_PAGE_FAULT device=01:00.0 domain=0x000e address=0xfd3c0000 flags=0x0020]'],
    }),
  ],
  'aer-uncorrectable': [
    degraded({
      kernel: ['pcieport 0000:00:01.0: AER: Uncorrected (Non-Fatal) error message received from 0000:01:00.0'],
    }),
    degraded({ health: { after: [{ address: bird, change: { errors: { ...noErrors, nonFatal: 1 } } }] } }),
    degraded(portAfter({ errors: { ...noErrors, fatal: 1 } })),
  ],
  'host-rebooted': [
    // A reboot befalls every function and proves nothing against any.
    { cycle: { reboot: { from: 'after', bootId: 'boot-2' } }, verdict: 'unobserved', neighbour: 'unobserved' },
  ],
  'host-wedged': [
    {
      cycle: { wedge: { why: 'no answer for 360 s', bootIdAfter: 'boot-2' } },
      verdict: 'unobserved',
      neighbour: 'unobserved',
    },
  ],
};

function lost(cycle: SyntheticCycle): KnownBad {
  return { cycle, verdict: 'lost', neighbour: 'survived' };
}

function degraded(cycle: SyntheticCycle): KnownBad {
  return { cycle, verdict: 'degraded', neighbour: 'survived' };
}

function known(text: string): PciAddress {
  const address = parsePciAddress(text);
  if (address === undefined) throw new Error(`"${text}" is no PCI address`);
  return address;
}
