import type { IommuGroup, JournalEvent, JournalEventOf } from '../../../journal/events.ts';
import type { PciAddress } from '../../../pci/address.ts';

/** One function in a group, as a picture of groups shows it. */
export interface GroupTenant {
  readonly address: PciAddress;
  readonly owner: 'vm' | 'host' | 'bridge';
  /** `10de:1c82`; undefined where only the health of functions told of groups. */
  readonly id: string | undefined;
  readonly driver: string | null;
  /** What the host uses it for. */
  readonly uses: readonly string[];
  readonly isMoved: boolean;
}

/** Who shares with whom. A function without a group stands in one whose number is null. */
export interface GroupPicture {
  readonly groups: readonly { readonly group: number | null; readonly tenants: readonly GroupTenant[] }[];
  /** Functions that the host did not have any more. */
  readonly missing: readonly PciAddress[];
}

/** What is known of the groups before the first cycle and after the last. */
export interface GroupSight {
  readonly before: GroupPicture;
  /** Undefined where no health was read after a stop. */
  readonly after: GroupPicture | undefined;
  readonly isSame: boolean;
}

/**
 * Remembers the groups as they were read before the first cycle, and which group each function said it was in when it was last looked at.
 * After the first cycle the journal tells of the VM's own functions only, and of all members again where the host was surveyed anew.
 */
export class GroupWatch {
  #first: readonly IommuGroup[] | undefined;
  #last: readonly IommuGroup[] | undefined;
  #baseline: JournalEventOf<'edge'> | undefined;
  #after: JournalEventOf<'edge'> | undefined;

  push(event: JournalEvent): void {
    if (event.t === 'groups-read') {
      if (this.#after === undefined) this.#first = event.groups;
      this.#last = event.groups;
    }
    if (event.t !== 'edge') return;
    if (event.edge === 'baseline') this.#baseline ??= event;
    if (event.edge === 'after' || event.edge === 'recovery') this.#after = event;
  }

  get sight(): GroupSight | undefined {
    const first = this.#first ?? (this.#baseline === undefined ? undefined : groupsOf(this.#baseline));
    if (first === undefined) return undefined;
    const places = placesOf(first);
    const after = this.#after === undefined ? undefined : pictureOf(this.#last ?? first, places, this.#after);
    const isMoved = after?.groups.some(({ tenants }) => tenants.some((tenant) => tenant.isMoved)) ?? false;
    return {
      before: pictureOf(first, places, undefined),
      after,
      isSame: after !== undefined && !isMoved && after.missing.length === 0,
    };
  }
}

function placesOf(groups: readonly IommuGroup[]): ReadonlyMap<PciAddress, number> {
  return new Map(groups.flatMap(({ group, members }) => members.map(({ address }) => [address, group] as const)));
}

/** Where only the health of the VM's functions told of groups. */
function groupsOf({ functions }: JournalEventOf<'edge'>): IommuGroup[] {
  const groups = new Map<number, IommuGroup['members']>();
  for (const [address, { group, driver }] of functions) {
    if (group === null) continue;
    const members = groups.get(group) ?? [];
    groups.set(group, members);
    members.push({ address, id: '', class: '', driver, owner: 'vm', uses: [] });
  }
  return [...groups].map(([group, members]) => ({ group, members }));
}

function pictureOf(
  groups: readonly IommuGroup[],
  before: ReadonlyMap<PciAddress, number>,
  seen: JournalEventOf<'edge'> | undefined,
): GroupPicture {
  const byGroup = new Map<number | null, GroupTenant[]>();
  const missing: PciAddress[] = [];
  for (const { group, members } of groups) {
    for (const { address, id, driver, owner, uses } of members) {
      const now = seen?.functions.get(address);
      if (now?.present === false) {
        missing.push(address);
        continue;
      }
      const place = now === undefined ? group : now.group;
      const tenant: GroupTenant = {
        ...{ address, owner, uses, id: id === '' ? undefined : id },
        driver: now === undefined ? driver : now.driver,
        isMoved: before.has(address) && before.get(address) !== place,
      };
      byGroup.set(place, [...(byGroup.get(place) ?? []), tenant]);
    }
  }
  const inOrder = [...byGroup].sort(([one], [other]) => (one ?? Infinity) - (other ?? Infinity));
  return { groups: inOrder.map(([group, tenants]) => ({ group, tenants })), missing };
}
