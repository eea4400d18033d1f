import type { PciAddress } from '../pci/address.ts';
import type { CellBaseline, CycleRecord } from './cycle-record.ts';
import { forcedBy } from './forced-stops.ts';
import { observe } from './observed-departures.ts';
import { type Blindness, blindnessOf, lastLine } from './sight.ts';
import { startBlame } from './start-blame.ts';
import type { CycleJudgement, CycleOutcome, FunctionVerdict, Verdict } from './verdict.ts';

/** Judges one cycle against the baseline of its cell. A pure function: the same record gives the same judgement, always. */
export function judgeCycle(baseline: CellBaseline, record: CycleRecord): CycleJudgement {
  const blindness = blindnessOf(record, baseline);
  const functions = baseline.functions.map(({ address, role }) => ({
    address,
    role,
    ...judgeFunction(baseline, record, address, blindness),
  }));
  const forced = record.stopped === undefined ? undefined : forcedBy(record.stopped);
  return {
    cycle: record.cycle,
    ...(forced === undefined ? {} : { forcedBy: forced }),
    ...outcomeOf(blindness, functions),
    startedAtMs: record.startedAtMs,
    // The controller's clock may be set back in the middle of a night.
    durationMs: Math.max(0, record.lastAtMs - record.startedAtMs),
    functions,
  };
}

function judgeFunction(
  baseline: CellBaseline,
  record: CycleRecord,
  address: PciAddress,
  blindness: Blindness | undefined,
): Omit<FunctionVerdict, 'address' | 'role'> {
  const seen = observe(record, baseline, address);
  const exercised = wasExercised(record, address);
  const of = (verdict: Verdict, because: string): Omit<FunctionVerdict, 'address' | 'role'> => ({
    verdict,
    departures: [...(blindness?.departures ?? []), ...seen.departures],
    exercised,
    because,
    evidence: [...new Set([...seen.evidence, ...(blindness?.evidence ?? [])])].sort((a, b) => a - b),
  });
  if (blindness !== undefined) return of('unobserved', blindness.why);
  if (seen.loss !== undefined) return of('lost', `${seen.loss.symptom}: ${seen.loss.reading}`);
  if (baseline.edge?.functions.has(address) !== true) return of('unobserved', 'the baseline does not have it');
  if (record.edges.after?.functions.has(address) !== true) return of('unobserved', 'it was not read after the stop');
  const [departure] = seen.departures;
  if (departure !== undefined) return of('degraded', `${departure.symptom}: ${departure.reading}`);
  if (exercised) return of('survived', 'alive and as it was after the VM stopped');
  return of(...withoutTheVm(record, baseline));
}

/** A function that is as it was, but that nobody saw in the VM's hands. */
function withoutTheVm(record: CycleRecord, baseline: CellBaseline): [Verdict, string] {
  const start = record.acts['vm-start'];
  if (record.vmGone !== undefined) return ['unobserved', 'the VM ended by itself before anybody saw what it held'];
  if (start?.ok === true) return ['unobserved', 'the VM ran, but nobody saw whether it held this function'];
  const blame = startBlame(record, baseline);
  if (blame.length > 0) {
    return [
      'survived',
      `alive and as it was; the VM did not get it, because its start failed over ${blame.join(', ')}`,
    ];
  }
  return ['unobserved', `the VM did not start, and no function was the reason: ${lastLine(start?.output)}`];
}

/** The `enable` count alone says only that some driver has the function; under vfio-pci that is the VM. */
function wasExercised(record: CycleRecord, address: PciAddress): boolean {
  const running = record.edges.running?.functions.get(address);
  return record.acts['vm-start']?.ok === true && running?.driver === 'vfio-pci' && (running.enableCount ?? 0) > 0;
}

function outcomeOf(
  blindness: Blindness | undefined,
  functions: readonly FunctionVerdict[],
): { outcome: CycleOutcome; because: string } {
  if (blindness !== undefined) return { outcome: blindness.outcome, because: blindness.why };
  const failed =
    functions.find(({ verdict }) => verdict === 'lost') ?? functions.find(({ verdict }) => verdict === 'degraded');
  if (failed !== undefined) {
    return { outcome: 'fail', because: `${failed.address} ${failed.verdict}, ${failed.because}` };
  }
  const unseen = functions.find(({ verdict }) => verdict === 'unobserved');
  if (unseen !== undefined) return { outcome: 'infra', because: `${unseen.address} ${unseen.because}` };
  if (functions.length === 0) return { outcome: 'infra', because: 'the run watches no function' };
  return { outcome: 'pass', because: 'every function came back' };
}
