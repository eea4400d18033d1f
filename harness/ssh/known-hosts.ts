import { createHmac, timingSafeEqual } from 'node:crypto';

/** A key that a known_hosts file holds for a host. */
export interface PinnedKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`, ... */
  readonly algorithm: string;
  /** The key in the wire format of RFC 4253 section 6.6, as the server presents it. */
  readonly blob: Buffer;
  /** Line of the file, counted from 1. */
  readonly line: number;
}

/** What a known_hosts file says about one host. */
export interface KnownHostsLookup {
  /** Keys that the host may present; empty where the file does not know the host. */
  readonly pinned: readonly PinnedKey[];
  /** Keys marked `@revoked` for this host: to be refused whatever else pins them. They are never in `pinned`. */
  readonly revoked: readonly PinnedKey[];
  /** Lines for this host that pin nothing, and why: for the message when no key is pinned. */
  readonly ignored: readonly { readonly line: number; readonly reason: string }[];
}

const defaultPort = 22;

/**
 * Finds the keys of a host in the text of an OpenSSH known_hosts file: plain, wildcard, negated and hashed names, `[host]:port` for a
 * port other than 22. Unlike ssh(1) it does not fall back to the entry without the port.
 * Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"; hostfile.c and match.c of OpenSSH.
 *
 * @param host name or address as it is dialled, without brackets.
 */
export function findPinnedKeys(knownHostsText: string, host: string, port: number): KnownHostsLookup {
  const lower = host.toLowerCase();
  const name = port === defaultPort ? lower : `[${lower}]:${port}`;
  const pinned: PinnedKey[] = [];
  const revoked: PinnedKey[] = [];
  const ignored: { line: number; reason: string }[] = [];
  for (const [index, text] of knownHostsText.split('\n').entries()) {
    const line = index + 1;
    const fields = text.trim().split(/[ \t]+/);
    const marker = fields[0]?.startsWith('@') === true ? fields.shift() : undefined;
    const [names = '', algorithm = '', base64 = ''] = fields;
    if (names === '' || names.startsWith('#') || !namesMatch(names, name)) continue;
    if (marker === '@cert-authority') {
      ignored.push({ line, reason: 'a certificate authority (@cert-authority) pins no host key' });
    } else if (marker !== undefined && marker !== '@revoked') {
      ignored.push({ line, reason: `unknown marker ${marker}` });
    } else {
      const blob = decodeKey(algorithm, base64);
      if (blob === undefined) ignored.push({ line, reason: 'holds no readable key' });
      else (marker === '@revoked' ? revoked : pinned).push({ algorithm, blob, line });
    }
  }
  const isRevoked = ({ blob }: PinnedKey): boolean => revoked.some((key) => key.blob.equals(blob));
  for (const { line } of pinned.filter(isRevoked)) ignored.push({ line, reason: 'the key is revoked (@revoked)' });
  return { pinned: pinned.filter((key) => !isRevoked(key)), revoked, ignored };
}

function namesMatch(names: string, name: string): boolean {
  return names.startsWith('|') ? hashedNameMatches(names, name) : patternListMatches(names, name);
}

/** `|1|salt|hash`: HMAC-SHA1 of the name keyed with the salt, both in base64 (host_hash in OpenSSH's hostfile.c). */
function hashedNameMatches(hashed: string, name: string): boolean {
  const [empty, magic, salt, hash, ...rest] = hashed.split('|');
  if (empty !== '' || magic !== '1' || salt === undefined || hash === undefined || rest.length > 0) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** A list such as `*.lan,!router.lan`: a negated pattern that matches refuses the whole line (match_pattern_list in match.c). */
function patternListMatches(list: string, name: string): boolean {
  let matched = false;
  for (const item of list.toLowerCase().split(',')) {
    const negated = item.startsWith('!');
    if (!patternMatches(negated ? item.slice(1) : item, name)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}

/** `*` stands for any text, `?` for one character; everything else, brackets included, for itself (match_pattern in match.c). */
function patternMatches(pattern: string, name: string): boolean {
  // The classic two-pointer walk: on a mismatch the last star takes one character more. Linear in practice, never exponential.
  let at = 0;
  let star: { pattern: number; name: number } | undefined;
  let position = 0;
  while (position < name.length) {
    if (pattern[at] === '*') {
      star = { pattern: ++at, name: position };
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[position])) {
      at++;
      position++;
    } else if (star !== undefined) {
      at = star.pattern;
      position = ++star.name;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

/** @returns undefined where the text is no key, or not of the algorithm that stands before it. */
function decodeKey(algorithm: string, base64: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, 'base64');
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  return blob.length > 4 + length && blob.toString('latin1', 4, 4 + length) === algorithm ? blob : undefined;
}
