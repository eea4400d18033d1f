import { type PciAddress, shortAddress } from '../../pci/address.ts';
import { faultKind } from './kinds.ts';
import type { Place } from './places.ts';
import type { FaultRule } from './schema.ts';

/** Every board of ours has its graphics there. */
const exampleFunction = '2b:00.0';

/** A rule that is well formed, yet could never happen or would mean nothing. */
export interface Nonsense {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** What makes no sense on a board with these places, and what would. */
export function nonsense(
  { faults }: { readonly faults: readonly FaultRule[] },
  places: ReadonlyMap<PciAddress, Place>,
): Nonsense[] {
  return faults.flatMap((rule, index) =>
    [...momentNonsense(rule), ...placeNonsense(rule, places), ...optionNonsense(rule)].map(({ path, message }) => ({
      path: ['faults', index, ...path],
      message,
    })),
  );
}

function momentNonsense({ what, when }: FaultRule): Nonsense[] {
  const { moments, elsewhere } = faultKind(what);
  if (moments.includes(when)) return [];
  const because = elsewhere === undefined ? '' : `: ${elsewhere}`;
  return [{ path: ['when'], message: `${what} never happens at ${when}${because}. Write ${moments.join(' or ')}` }];
}

function placeNonsense({ what, when, where }: FaultRule, places: ReadonlyMap<PciAddress, Place>): Nonsense[] {
  const kind = faultKind(what);
  const at = (message: string): Nonsense[] => [{ path: ['where'], message }];
  if (where === undefined) {
    if (kind.where === 'reset-port') return [];
    const [some] = [...places.values()].filter((place) => placeName(place) === exampleFunction);
    const above = some === undefined ? '' : `, or '${shortAddress(some.port)}' for the port above it`;
    const example = `'${exampleFunction}'${kind.where === 'function' ? '' : above}`;
    return at(`is missing. ${what} happens to one place: name it, as in ${example}`);
  }
  const place = places.get(where);
  if (place === undefined) {
    const known = [...places.values()].filter(({ below }) => below.length > 0).map((known) => placeName(known));
    return at(`the board has no ${shortAddress(where)}; it has ${known.join(', ')}`);
  }
  if (place.below.length === 0) return at(`nothing is below the port ${shortAddress(where)}, so nothing would be seen`);
  if (kind.where === 'function' && place.function === undefined) {
    const below = place.below.map(shortAddress).join(' or ');
    return at(`${what} happens to one function, and ${shortAddress(where)} is the port above some. Write ${below}`);
  }
  if (kind.where === 'reset-port' && when !== 'bus-reset') {
    return at(`${what} at ${when} happens to the whole host. Leave "where" out, or write when: bus-reset`);
  }
  return [];
}

function placeName(place: Place): string {
  return shortAddress(place.function ?? place.port);
}

function optionNonsense({ what, when, after, times, seconds, kernelWaits, thenReboots }: FaultRule): Nonsense[] {
  const found: Nonsense[] = [];
  if (when === 'boot' && after !== undefined) {
    found.push({ path: ['after'], message: 'no VM has run at boot. Write only: {boots: [2]} for the second boot' });
  }
  if (when === 'boot' && times !== undefined) {
    found.push({
      path: ['times'],
      message: 'a boot happens once in a boot. Write only: {boots: [1]} for the first one alone',
    });
  }
  if (seconds !== undefined && what !== 'hang-on-reset') {
    found.push({ path: ['seconds'], message: 'is how long a hang-on-reset lasts; no other fault has it' });
  }
  if (kernelWaits !== undefined && (what !== 'bridge-config-lost' || when !== 'bus-reset')) {
    found.push({
      path: ['kernelWaits'],
      message: 'is what follows a bridge-config-lost at bus-reset; no other fault has it',
    });
  }
  if (thenReboots !== undefined && what !== 'kernel-panic') {
    found.push({ path: ['thenReboots'], message: 'is what follows a kernel-panic; no other fault has it' });
  }
  return found;
}
