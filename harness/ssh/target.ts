import { createHash } from 'node:crypto';

/** How we prove who we are. Neither ever appears in a message. */
export type SshAuth = { readonly privateKey: Buffer | string } | { readonly agent: string };

/** What the keeper of known keys says to a key that a host shows. */
export type HostKeyVerdict =
  | { readonly accepted: true }
  /** `expected` is the pinned fingerprint, or words such as `no key (the host is unknown)`. */
  | { readonly accepted: false; readonly expected: string };

/** One SSH server, and everything needed to get into it and to know that it is the right one. */
export interface SshTarget {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly auth: SshAuth;
  /** What people call this host, for messages: `elysium`. */
  readonly description: string;
  /** @param key the public host key as it goes over the wire (RFC 4253, 6.6). Always asked; there is no way around it. */
  verifyHostKey(key: Buffer): HostKeyVerdict;
}

/** `elysium (root@192.168.1.10:22)` */
export function describeTarget(target: SshTarget): string {
  return `${target.description} (${target.user}@${target.address}:${target.port})`;
}

/** `SHA256:…`, as `ssh-keygen -l` prints it: base64 without padding. */
export function hostKeyFingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}
