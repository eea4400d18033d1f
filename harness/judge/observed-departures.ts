import type { PciAddress } from '../pci/address.ts';
import type { FunctionHealth } from '../pci/health.ts';
import { type Departure, makesUnusable } from '../pci/symptoms.ts';
import type { CellBaseline, CycleRecord } from './cycle-record.ts';
import { driverDepartures, errorDepartures, guestDepartures, heldDepartures, type Look } from './edge-findings.ts';
import { kernelDepartures } from './kernel-findings.ts';
import { knownDepartures } from './known-departures.ts';
import { namesAnyFunction, namesFunction, refusalLine } from './start-lines.ts';

/** Everything that one cycle shows about one function. */
export interface Observed {
  /** At most one a symptom; the state after the stop comes first, because it is the question. */
  readonly departures: readonly Departure[];
  /** The departure that makes the function unusable, in the VM's hands or after them. */
  readonly loss: Departure | undefined;
  /** Numbers of the journal events that were looked at, as they came to it. */
  readonly evidence: readonly number[];
}

/** Compares a function at every edge of the cycle with its baseline, and hears what the VM manager and the kernel said of it. */
export function observe(record: CycleRecord, baseline: CellBaseline, address: PciAddress): Observed {
  const { 'vm-start': start } = record.acts;
  const started = start?.ok === true;
  const looks: Look[] = [];
  const reference = baseline.edge?.functions.get(address);

  const atEdge = (
    edge: 'before' | 'running' | 'after',
    driver: string | null | undefined,
  ): FunctionHealth | undefined => {
    const seen = record.edges[edge];
    const health = seen?.functions.get(address);
    // An edge of another boot is another story: the host set the function up anew.
    if (seen === undefined || health === undefined || reference === undefined || seen.bootId !== record.bootId) {
      return undefined;
    }
    looks.push({ departures: knownDepartures(reference, health, driver).map(spokenAt(edge)), n: seen.n });
    return health;
  };

  // A start that failed may leave a function on either driver, so only a VM that ran says which one is right. One that nobody ever saw may
  // not have run at all, whatever its manager said; then the function is where it was.
  const driverAfterStop = baseline.driverAfterStop ?? reference?.driver;
  const ran = started && !(record.vmGone !== undefined && isWhereItWas(record, address));
  const after = atEdge('after', ran ? driverAfterStop : undefined);
  const running = atEdge('running', ran ? 'vfio-pci' : undefined);
  if (started && record.vmGone === undefined && running?.enableCount === 0) {
    const reading = 'the VM runs, but it does not hold the function (enable 0)';
    looks.push({ departures: [{ symptom: 'vm-refused', reading }], n: record.edges.running?.n ?? start.n });
  }
  if (start !== undefined) {
    const isDead = [after, running].some((health) => health !== undefined && looksDead(reference, health));
    looks.push({ departures: startDepartures(start.output ?? '', address, start.ok, isDead), n: start.n });
  }
  looks.push(...guestDepartures(record, address));
  const loss = looks.flatMap(({ departures }) => departures).find(({ symptom }) => makesUnusable(symptom));
  // A function that died is named by its death; what the kernel said of it then tells why.
  looks.push(...kernelDepartures(record.kernel, baseline.kernelNoise, address, reference));
  looks.push(...errorDepartures(record, address));
  // What was wrong before the start and is well afterwards did come back, but this cycle did not start from the baseline.
  const before = atEdge('before', undefined);
  looks.push(...driverDepartures(record, before, reference, driverAfterStop));
  looks.push(...heldDepartures(record, address));

  const evidence = [...(baseline.edge === undefined ? [] : [baseline.edge.n]), ...looks.map(({ n }) => n)];
  return {
    departures: firstOfEachSymptom(looks.flatMap(({ departures }) => departures)),
    loss,
    evidence,
  };
}

const moment = { before: ' before the VM started', running: ' while the VM ran', after: '' } as const;

function spokenAt(edge: keyof typeof moment): (departure: Departure) => Departure {
  return ({ symptom, reading }) => ({ symptom, reading: `${reading}${moment[edge]}` });
}

/** Its driver is at every edge of the cycle the one that it had before the start. */
function isWhereItWas({ edges }: CycleRecord, address: PciAddress): boolean {
  const driverAt = (edge: 'before' | 'running' | 'after') => edges[edge]?.functions.get(address)?.driver;
  return [driverAt('running'), driverAt('after')].every((driver) => driver === driverAt('before'));
}

function looksDead(reference: FunctionHealth | undefined, health: FunctionHealth): boolean {
  if (reference === undefined) return false;
  return knownDepartures(reference, health, undefined).some(({ symptom }) => symptom === 'config-dead');
}

/**
 * What QEMU and Proxmox said of this function while the VM started.
 * `vfio: Unable to power on device, stuck in D3` (hw/vfio/pci.c, vfio_pci_pre_reset) names no function, and the VM starts all the same;
 * it is then told of the functions whose config space is dead.
 */
function startDepartures(output: string, address: PciAddress, ok: boolean, isDead: boolean): Departure[] {
  const departures: Departure[] = [];
  const stuck = output
    .split('\n')
    .filter((line) => /stuck in D[1-3]/.test(line))
    .find((line) => namesFunction(line, address) || (isDead && !namesAnyFunction(line)));
  if (stuck !== undefined) departures.push({ symptom: 'stuck-in-d3', reading: stuck.trim() });
  const refusal = ok ? undefined : refusalLine(output, address);
  if (refusal !== undefined) departures.push({ symptom: 'vm-refused', reading: refusal });
  return departures;
}

function firstOfEachSymptom(departures: readonly Departure[]): Departure[] {
  return departures.filter(
    ({ symptom }, index) => departures.findIndex((other) => other.symptom === symptom) === index,
  );
}
