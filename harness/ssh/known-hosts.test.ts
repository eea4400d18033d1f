import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPinnedKeys } from './known-hosts.ts';

const ed25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const otherEd25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA';
const key = `ssh-ed25519 ${ed25519}`;

function lines(text: string, host = 'elysium.lan', port = 22): number[] {
  return findPinnedKeys(text, host, port).pinned.map(({ line }) => line);
}

describe('names', () => {
  it.each([
    ['the name', `elysium.lan ${key}`, 'elysium.lan', 22, [1]],
    ['the name in another case', `Elysium.LAN ${key}`, 'ELYSIUM.lan', 22, [1]],
    ['one of several names', `elysium,elysium.lan,192.0.2.7 ${key}`, 'elysium.lan', 22, [1]],
    ['a part of the name only', `elysium ${key}`, 'elysium.lan', 22, []],
    ['a longer name', `elysium.lan.example ${key}`, 'elysium.lan', 22, []],
    ['a dot is a dot', `elysiumxlan ${key}`, 'elysium.lan', 22, []],
    ['another port', `[elysium.lan]:2222 ${key}`, 'elysium.lan', 2222, [1]],
    ['another port is not port 22', `[elysium.lan]:2222 ${key}`, 'elysium.lan', 22, []],
    ['port 22 is no other port', `elysium.lan ${key}`, 'elysium.lan', 2222, []],
    ['an IPv6 address', `2001:db8::7 ${key}`, '2001:DB8::7', 22, [1]],
    ['an IPv6 address with a port', `[2001:db8::7]:2222 ${key}`, '2001:db8::7', 2222, [1]],
    ['a star', `*.lan ${key}`, 'elysium.lan', 22, [1]],
    ['a star in the middle', `e*m.l*n ${key}`, 'elysium.lan', 22, [1]],
    ['a star for nothing', `elysium.lan* ${key}`, 'elysium.lan', 22, [1]],
    ['a star that does not reach', `*.lan ${key}`, 'elysium.land', 22, []],
    ['question marks', `elysium.??? ${key}`, 'elysium.lan', 22, [1]],
    ['a question mark is exactly one', `elysium.???? ${key}`, 'elysium.lan', 22, []],
    ['a negation after the match', `*.lan,!elysium.lan ${key}`, 'elysium.lan', 22, []],
    ['a negation before the match', `!elysium.lan,*.lan ${key}`, 'elysium.lan', 22, []],
    ['a negation of another host', `*.lan,!router.lan ${key}`, 'elysium.lan', 22, [1]],
    ['a negation alone matches nothing', `!router.lan ${key}`, 'elysium.lan', 22, []],
  ])('%s', (_, text, host, port, expected) => {
    expect(lines(text, host, port)).toEqual(expected);
  });
});

describe('lines', () => {
  it('skips comments and empty lines and keeps every key of the host, with its line', () => {
    const text = `# elysium.lan ${key}\n\n   \n  elysium.lan\t${key} root@elysium\r\nelysium.lan ssh-ed25519 ${otherEd25519}\n`;
    expect(findPinnedKeys(text, 'elysium.lan', 22)).toEqual({
      pinned: [
        { algorithm: 'ssh-ed25519', blob: Buffer.from(ed25519, 'base64'), line: 4 },
        { algorithm: 'ssh-ed25519', blob: Buffer.from(otherEd25519, 'base64'), line: 5 },
      ],
      revoked: [],
      ignored: [],
    });
  });

  it.each([
    ['@cert-authority *.lan', key, 'a certificate authority (@cert-authority) pins no host key'],
    ['@trusted *.lan', key, 'unknown marker @trusted'],
    ['elysium.lan', 'ssh-ed25519', 'holds no readable key'],
    ['elysium.lan', 'ssh-ed25519 not/base64!', 'holds no readable key'],
    ['elysium.lan', `ssh-rsa ${ed25519}`, 'holds no readable key'],
    ['elysium.lan', '1024 35 1234567890', 'holds no readable key'],
  ])('%s %s pins nothing and says why', (names, rest, reason) => {
    const found = findPinnedKeys(`${names} ${rest}`, 'elysium.lan', 22);
    expect(found).toEqual({ pinned: [], revoked: [], ignored: [{ line: 1, reason }] });
  });

  it('says nothing about lines of other hosts', () => {
    const text = `@cert-authority *.example ${key}\nrouter.lan broken\n@revoked router.lan ${key}`;
    expect(findPinnedKeys(text, 'elysium.lan', 22)).toEqual({ pinned: [], revoked: [], ignored: [] });
  });

  it.each([
    ['before', `@revoked * ${key}\nelysium.lan ${key}`, 2],
    ['after', `elysium.lan ${key}\n@revoked * ${key}`, 1],
  ])('a revocation %s the pin takes the pin back', (_, text, line) => {
    const found = findPinnedKeys(`${text}\nelysium.lan ssh-ed25519 ${otherEd25519}`, 'elysium.lan', 22);
    expect(found.pinned.map((pin) => pin.line)).toEqual([3]);
    expect(found.revoked.map((pin) => pin.blob.toString('base64'))).toEqual([ed25519]);
    expect(found.ignored).toEqual([{ line, reason: 'the key is revoked (@revoked)' }]);
  });
});

describe('entries that ssh-keygen hashed', () => {
  let directory = '';
  let hashed = '';
  const names = ['elysium.lan', '[elysium.lan]:2222', '2001:db8::7', '192.0.2.7,elysium'];

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'comeback-known-hosts-'));
    const file = join(directory, 'known_hosts');
    writeFileSync(file, names.map((name) => `${name} ${key}\n`).join(''));
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'pipe' });
    hashed = readFileSync(file, 'utf8');
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('really are hashed', () => {
    expect(hashed).not.toContain('elysium');
    expect(hashed.match(/^\|1\|/gm)).toHaveLength(5);
  });

  it.each([
    ['elysium.lan', 22, 1],
    ['ELYSIUM.lan', 22, 1],
    ['elysium.lan', 2222, 1],
    ['elysium.lan', 2223, 0],
    ['2001:db8::7', 22, 1],
    ['192.0.2.7', 22, 1],
    ['elysium', 22, 1],
    ['elysium.la', 22, 0],
  ])('%s port %i: %i', (host, port, count) => {
    const { pinned } = findPinnedKeys(hashed, host, port);
    expect(pinned.map(({ blob }) => blob.toString('base64'))).toEqual(Array.from({ length: count }, () => ed25519));
  });

  it.each(['|1|', '|1|a|b|c', '|2|AAAA|AAAA', '|1||', '|'])('a broken hash matches nothing: %s', (names) => {
    expect(findPinnedKeys(`${names} ${key}`, 'elysium.lan', 22).pinned).toEqual([]);
  });
});

describe('properties', () => {
  it('a pattern with stars and question marks agrees with the regular expression of the same meaning', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '.', '*', '?'), { minLength: 1, maxLength: 10 });
    const meaning = new Map([
      ['*', '.*'],
      ['?', '.'],
      ['.', '\\.'],
    ]);
    const name = fc.array(fc.constantFrom('a', 'b', '.'), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(pattern, name, (patternChars, nameChars) => {
        const source = patternChars.map((char) => meaning.get(char) ?? char).join('');
        const expected = new RegExp(`^${source}$`).test(nameChars.join(''));
        expect(lines(`${patternChars.join('')} ${key}`, nameChars.join(''))).toEqual(expected ? [1] : []);
      }),
      { numRuns: 500 },
    );
  });

  it('never fails and never pins a line that is not there, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.domain(), (text, host) => {
        expect(findPinnedKeys(text, host, 22).pinned).toEqual([]);
      }),
    );
  });
});
