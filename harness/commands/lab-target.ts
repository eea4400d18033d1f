import { readFile } from 'node:fs/promises';
import { ComebackError } from '../errors.ts';
import type { DirectSshConfig, HostKeyPin, LabHostConfig, SshKeySource } from '../inventory/config.ts';
import { findPinnedKeys } from '../ssh/known-hosts.ts';
import { hostKeyFingerprint, type HostKeyVerdict, type SshAuth, type SshTarget } from '../ssh/target.ts';
import { labEndpoint } from '../virtual-lab/endpoint.ts';

/** A secret that the inventory refers to is not where it says. */
export class MissingSecretError extends ComebackError {
  override readonly code = 'SECRET_MISSING';
  override readonly kind = 'usage';
}

/** How to reach a host of the inventory, with its secrets fetched: the only place that knows that a host may be virtual. */
export async function labTarget(host: LabHostConfig): Promise<SshTarget> {
  if ('virtualLab' in host.ssh) {
    const { address, port, user, privateKeyFile, hostKeySha256 } = await labEndpoint(host.ssh.virtualLab);
    return {
      address,
      port,
      user,
      auth: { privateKey: await secretFile(privateKeyFile) },
      description: host.name,
      verifyHostKey: pinnedTo(hostKeySha256),
    };
  }
  const { address, port, user } = host.ssh;
  return {
    address,
    port,
    user,
    auth: await authOf(host.ssh.key),
    description: host.name,
    verifyHostKey: await verifierOf(host.ssh.hostKey, host.ssh),
  };
}

async function authOf(key: SshKeySource): Promise<SshAuth> {
  if ('file' in key) return { privateKey: await secretFile(key.file) };
  if ('env' in key) return { privateKey: fromEnvironment(key.env, 'the private key') };
  return {
    agent: key.agent === 'SSH_AUTH_SOCK' ? fromEnvironment('SSH_AUTH_SOCK', "the SSH agent's socket") : key.agent,
  };
}

function fromEnvironment(name: string, what: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') {
    throw new MissingSecretError(
      `The inventory takes ${what} from the environment variable ${name}, which is not set.`,
    );
  }
  return value;
}

async function secretFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new MissingSecretError(`Cannot read the private key ${path}: does the file exist, and may you read it?`, {
      cause,
    });
  }
}

type VerifyHostKey = (key: Buffer) => HostKeyVerdict;

function pinnedTo(sha256: string): VerifyHostKey {
  return (key) => (hostKeyFingerprint(key) === sha256 ? { accepted: true } : { accepted: false, expected: sha256 });
}

async function verifierOf(pin: HostKeyPin, { address, port }: DirectSshConfig): Promise<VerifyHostKey> {
  if ('sha256' in pin) return pinnedTo(pin.sha256);
  const text = await readFile(pin.knownHosts, 'utf8').catch(() => '');
  const { pinned } = findPinnedKeys(text, address, port);
  const fingerprints = pinned.map(({ blob }) => hostKeyFingerprint(blob));
  const expected =
    fingerprints.length > 0 ? fingerprints.join(' or ') : `no key at all: ${pin.knownHosts} does not know ${address}`;
  return (key) => (fingerprints.includes(hostKeyFingerprint(key)) ? { accepted: true } : { accepted: false, expected });
}
