import { parsePciAddress, type PciAddress } from '../pci/address.ts';
import type { BridgeHealth, FunctionHealth, HealthByFunction } from '../pci/health.ts';
import type { EdgeBody, EdgeName, StoredEdge } from './events.ts';

type Changes = NonNullable<NonNullable<StoredEdge['changed']>[string]>;

/**
 * Writes an edge as its difference from the last edge of the same name, and back.
 * A clean cycle then costs no health at all, and a night stays small. One codec serves one pass over one journal, in order.
 */
export class EdgeCodec {
  readonly #last = new Map<EdgeName, ReadonlyMap<PciAddress, FunctionHealth>>();
  #bootId: string | undefined;

  encode(edge: EdgeBody): StoredEdge {
    const { functions, bootId, holders = [], stuck = [], ...rest } = edge;
    const last = this.#last.get(edge.edge);
    const changed: Record<string, Changes | null> = {};
    const known = new Map<PciAddress, FunctionHealth>();
    for (const [address, health] of functions) {
      const before = last?.get(address);
      const changes = difference(before, health);
      if (changes !== undefined) changed[address] = changes;
      known.set(address, changes === undefined && before !== undefined ? before : health);
    }
    for (const address of last?.keys() ?? []) {
      if (!functions.has(address)) changed[address] = null;
    }
    const stored: StoredEdge = {
      ...rest,
      ...(bootId === this.#bootId ? {} : { bootId }),
      ...(Object.keys(changed).length === 0 ? {} : { changed }),
      ...(holders.length === 0
        ? {}
        : { holders: holders.map((holder) => ({ ...holder, functions: [...holder.functions] })) }),
      ...(stuck.length === 0 ? {} : { stuck: [...stuck] }),
    };
    this.#last.set(edge.edge, known);
    this.#bootId = bootId;
    return stored;
  }

  /** The functions of the last edge of this name. A health that did not change is the same object as before. */
  functionsAt(edge: EdgeName): HealthByFunction {
    return this.#last.get(edge) ?? new Map();
  }

  /**
   * @param stored becomes the edge.
   * @throws Error where the first edge of a name lacks a field: the journal was not read from its start.
   */
  decode<Stored extends StoredEdge>(stored: Stored): Stored & Pick<EdgeBody, 'bootId' | 'functions'> {
    const { bootId = this.#bootId, changed } = stored;
    if (bootId === undefined) throw new Error('the first edge does not say its boot_id');
    const functions = this.#changed(stored.edge, changed);
    this.#last.set(stored.edge, functions);
    this.#bootId = bootId;
    // Its differences are told; nearly all edges of a night have none.
    if (changed !== undefined) delete stored.changed;
    return Object.assign(stored, { bootId, functions });
  }

  #changed(edge: EdgeName, changed: StoredEdge['changed']): HealthByFunction {
    const last = this.#last.get(edge);
    if (last !== undefined && changed === undefined) return last;
    const functions = new Map(last);
    for (const [text, changes] of Object.entries(changed ?? {})) {
      const address = parsePciAddress(text);
      if (address === undefined) throw new Error(`"${text}" is no PCI address`);
      if (changes === null) functions.delete(address);
      else functions.set(address, complete({ ...functions.get(address), ...withoutUndefined(changes) }));
    }
    return functions;
  }
}

function difference(before: FunctionHealth | undefined, now: FunctionHealth): Changes | undefined {
  if (before === now) return undefined;
  const own = plain(now);
  if (before === undefined) return own;
  const was = new Map<string, unknown>(Object.entries(plain(before)));
  const changed = Object.entries(own).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(was.get(key)));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** The health and nothing else: what a reading carries beyond it would make a line that no reader accepts. */
function plain(health: FunctionHealth): Changes {
  const { present, config, driver, group, linkSpeed, linkWidth, powerState, runtimeStatus, enableCount } = health;
  const { resetMethods, bridge, errors } = health;
  return {
    present,
    config,
    driver,
    group,
    linkSpeed,
    linkWidth,
    powerState,
    runtimeStatus,
    enableCount,
    resetMethods: resetMethods === null ? null : [...resetMethods],
    bridge: bridge === null ? null : plainBridge(bridge),
    ...(errors === undefined ? {} : { errors }),
  };
}

function plainBridge({ address, config, express, expressOffset, errors }: BridgeHealth): BridgeHealth {
  return {
    address,
    config,
    ...(express === undefined ? {} : { express }),
    ...(expressOffset === undefined ? {} : { expressOffset }),
    ...(errors === undefined ? {} : { errors }),
  };
}

function withoutUndefined(changes: Changes): Partial<FunctionHealth> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

function complete(health: Partial<FunctionHealth>): FunctionHealth {
  const need = <Key extends keyof FunctionHealth>(key: Key): FunctionHealth[Key] => {
    const value = health[key];
    if (value === undefined) throw new Error(`the edge lacks "${key}"`);
    return value;
  };
  return {
    present: need('present'),
    config: need('config'),
    driver: need('driver'),
    group: need('group'),
    linkSpeed: need('linkSpeed'),
    linkWidth: need('linkWidth'),
    powerState: need('powerState'),
    runtimeStatus: need('runtimeStatus'),
    enableCount: need('enableCount'),
    resetMethods: need('resetMethods'),
    bridge: need('bridge'),
    ...(health.errors === undefined ? {} : { errors: health.errors }),
  };
}
