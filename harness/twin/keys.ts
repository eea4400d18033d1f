import { createHash } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';

export interface KeyPair {
  /** PEM text in OpenSSH's own format. */
  readonly private: string;
  /** `ssh-ed25519 AAAA…` */
  readonly public: string;
}

/** The keys that a twin lives by. */
export interface TwinKeys {
  /** Its private half is what the host lets in. */
  readonly client: KeyPair;
  readonly host: KeyPair;
}

export function newTwinKeys(): TwinKeys {
  return { client: newKeyPair(), host: newKeyPair() };
}

/**
 * A new ed25519 key pair. ssh2 1.17 drops leading zero bytes of the public key (lib/keygen.js), so that about one pair in 256 is
 * malformed: such a pair is thrown away.
 */
export function newKeyPair(): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.public) instanceof Error)) return pair;
  }
}

/** @param key PEM text, a line of authorized_keys, or the key as it goes over the wire; throws where it is none of them */
export function parsedKey(key: string | Buffer): ParsedKey {
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

/** `SHA256:…`, as ssh-keygen -l prints it. */
export function keyFingerprint(key: string | Buffer): string {
  const digest = createHash('sha256').update(parsedKey(key).getPublicSSH()).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
