import { departuresFrom } from '../pci/departures.ts';
import type { FunctionHealth } from '../pci/health.ts';
import type { Departure } from '../pci/symptoms.ts';

type ByDriver = Map<string | null | undefined, readonly Departure[]>;

/** By the baseline and by what was seen; both are gone with their journal. */
const known = new WeakMap<FunctionHealth, WeakMap<FunctionHealth, ByDriver>>();

/**
 * As `departuresFrom`. A journal gives the same object for a health that did not change, so that of a million good cycles one is compared.
 *
 * @param driver that should own the function now; null where none should, undefined where any will do.
 */
export function knownDepartures(
  baseline: FunctionHealth,
  now: FunctionHealth,
  driver: string | null | undefined,
): readonly Departure[] {
  const ofBaseline = known.get(baseline) ?? new WeakMap<FunctionHealth, ByDriver>();
  known.set(baseline, ofBaseline);
  const ofNow: ByDriver = ofBaseline.get(now) ?? new Map<string | null | undefined, readonly Departure[]>();
  ofBaseline.set(now, ofNow);
  const departures = ofNow.get(driver) ?? departuresFrom(baseline, now, { driver });
  ofNow.set(driver, departures);
  return departures;
}
