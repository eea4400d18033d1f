import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ComebackError } from '../errors.ts';
import { resolveBiosPaths } from './bios.ts';
import { resolveCells } from './cells.ts';
import { resolveConsolePaths } from './console.ts';
import type { HostKeyPin, Inventory, LabHostConfig, SshConfig, SshKeySource } from './config.ts';
import { contradictions } from './cross-checks.ts';
import { parseInventoryText, type InventoryDocument } from './document.ts';
import { formatPath, positionOrParent, problemsOf } from './issues.ts';
import { inventoryJsonSchema } from './json-schema.ts';
import { nearest } from './nearest.ts';
import { resolveNotifyPaths } from './notify.ts';
import { resolvePowerPaths } from './power.ts';
import { InventoryError, invalidInventory, type InventoryProblem } from './problem.ts';
import { inventorySchema, type ParsedHost } from './schema.ts';
import { findKeyMaterial } from './secrets.ts';

const largestBytes = 128 * 1024;

/**
 * Reads, checks and normalises a lab inventory.
 *
 * @param options.home what `~` stands for; the home directory of the user unless given.
 * @throws InventoryError with every problem of the file and its line and column.
 */
export async function loadInventory(path: string, options: { readonly home?: string } = {}): Promise<Inventory> {
  const text = await readText(path);
  const secrets = findKeyMaterial(text);
  const parsed = parseInventoryText(text);
  if ('problems' in parsed) throw invalidInventory(path, [...secrets, ...parsed.problems]);
  const { document } = parsed;
  const result = inventorySchema.safeParse(document.value);
  const problems = [
    ...secrets,
    ...(result.success ? [] : shapeProblems(result.error.issues, document)),
    ...contradictions(document.value).map(({ path: at, message }) => ({
      ...positionOrParent(document, at, 'value'),
      path: formatPath(at),
      message,
    })),
  ];
  if (!result.success || problems.length > 0) throw invalidInventory(path, problems);
  const inPath = pathResolver(dirname(resolve(path)), options.home ?? homedir());
  return { path, hosts: Object.entries(result.data.hosts).map(([name, host]) => normalise(name, host, inPath)) };
}

/** @throws UnknownHostError where the inventory has no such host. */
export function hostByName(inventory: Inventory, name: string): LabHostConfig {
  const host = inventory.hosts.find((candidate) => candidate.name === name);
  if (host === undefined) throw new UnknownHostError(name, inventory);
  return host;
}

/** `--host` names a host that the inventory does not have. */
export class UnknownHostError extends ComebackError {
  readonly code = 'INVENTORY_UNKNOWN_HOST';
  readonly kind = 'usage';
  readonly known: readonly string[];

  readonly host: string;

  constructor(host: string, inventory: Inventory) {
    const known = inventory.hosts.map(({ name }) => name);
    const near = nearest(host, known);
    const hint = near === undefined ? '.' : `; did you mean "${near}"?`;
    super(`${inventory.path} has no host "${host}"${hint} Known hosts: ${known.join(', ')}.`);
    this.host = host;
    this.known = known;
  }
}

async function readText(path: string): Promise<string> {
  const bytes = await readStart(path, largestBytes + 1);
  if (bytes.length > largestBytes) {
    throw invalidInventory(path, [
      { line: 1, column: 1, path: '', message: `is larger than ${largestBytes / 1024} KiB: this is no lab inventory` },
    ]);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidInventory(path, [
      { line: 1, column: 1, path: '', message: 'is not UTF-8 text: this is no lab inventory' },
    ]);
  }
}

async function readStart(path: string, length: number): Promise<Uint8Array> {
  try {
    await using file = await open(path, 'r');
    const buffer = new Uint8Array(length);
    let filled = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, null);
      filled += bytesRead;
      if (bytesRead === 0 || filled === length) return buffer.subarray(0, filled);
    }
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    if (reason === 'ENOENT') {
      const message = `no inventory at ${path}: change to the directory that holds it, or name it with --inventory FILE`;
      throw new InventoryError(message, 'INVENTORY_NOT_FOUND', { cause });
    }
    throw new InventoryError(`cannot read the inventory ${path} (${reason})`, 'INVENTORY_UNREADABLE', { cause });
  }
}

function shapeProblems(issues: Parameters<typeof problemsOf>[0], document: InventoryDocument): InventoryProblem[] {
  if (document.value === null) {
    return [
      { line: 1, column: 1, path: '', message: 'the inventory is empty: describe at least one host under "hosts"' },
    ];
  }
  return problemsOf(issues, document, inventoryJsonSchema());
}

type ResolvePath = (path: string) => string;

function pathResolver(directory: string, home: string): ResolvePath {
  return (path) =>
    path === '~' ? home : path.startsWith('~/') ? resolve(home, path.slice(2)) : resolve(directory, path);
}

function normalise(name: string, host: ParsedHost, inPath: ResolvePath): LabHostConfig {
  const { power, console, bios, cells, notify } = host;
  return {
    name,
    ...host,
    ssh: normaliseSsh(host.ssh, inPath),
    ...(power === undefined ? {} : { power: resolvePowerPaths(power, inPath) }),
    ...(console === undefined ? {} : { console: resolveConsolePaths(console, inPath) }),
    ...(bios === undefined ? {} : { bios: resolveBiosPaths(bios, inPath) }),
    ...(notify === undefined ? {} : { notify: notify.map((target) => resolveNotifyPaths(target, inPath)) }),
    cells: resolveCells(cells, inPath),
  };
}

function normaliseSsh(ssh: SshConfig, inPath: ResolvePath): SshConfig {
  if ('virtualLab' in ssh) return ssh;
  return { ...ssh, key: normaliseKey(ssh.key, inPath), hostKey: normalisePin(ssh.hostKey, inPath) };
}

function normaliseKey(key: SshKeySource, inPath: ResolvePath): SshKeySource {
  if ('env' in key) return key;
  if ('file' in key) return { file: inPath(key.file) };
  return { agent: key.agent === 'SSH_AUTH_SOCK' ? key.agent : inPath(key.agent) };
}

function normalisePin(pin: HostKeyPin, inPath: ResolvePath): HostKeyPin {
  return 'sha256' in pin ? pin : { knownHosts: inPath(pin.knownHosts) };
}
