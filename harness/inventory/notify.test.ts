import { expect, it } from 'vitest';
import { notify, resolveNotifyPaths } from './notify.ts';

it('takes each kind, and tells of everything unless told otherwise', () => {
  const targets = notify.parse([
    { kind: 'webhook', url: { env: 'HOOK' }, headers: { Authorization: { file: 'auth' } } },
    { kind: 'ntfy', url: 'https://ntfy.sh/lab', token: { file: 'token' }, priority: 5, on: ['lost'] },
    { kind: 'email', to: ['me@example.org'], sendmail: 'bin/sendmail' },
    { kind: 'command', run: ['notify-send', 'comeback'], environment: { PIN: { file: 'pin' } }, timeoutMs: 500 },
  ]);
  expect(targets.map(({ on, timeoutMs }) => [on.length, timeoutMs])).toEqual([
    ...[
      [4, 10_000],
      [1, 10_000],
      [4, 10_000],
      [4, 500],
    ],
  ]);
  expect(targets.map((target) => resolveNotifyPaths(target, (path) => `/lab/${path}`))).toMatchObject([
    { url: { env: 'HOOK' }, headers: { Authorization: { file: '/lab/auth' } } },
    { token: { file: '/lab/token' } },
    { sendmail: '/lab/bin/sendmail' },
    { environment: { PIN: { file: '/lab/pin' } } },
  ]);
});

it.each([
  ['an unknown kind', { kind: 'sms' }, /must have a kind: webhook, ntfy/],
  ['a secret in the open', { kind: 'ntfy', url: 'https://ntfy.sh/lab', token: 'tk_1' }, /never holds a secret/],
  ['a password in an address', { kind: 'webhook', url: 'https://a:b@hooks.example' }, /without user or password/],
  ['no address', { kind: 'webhook', url: 'hooks.example' }, /must be an address/],
  ['a header in the open', { kind: 'webhook', url: 'https://h', headers: { A: 'x' } }, /never holds a secret/],
  [
    'a header with a line in its name',
    { kind: 'webhook', url: 'https://h', headers: { 'A\r\nB': { env: 'X' } } },
    /headers/,
  ],
  ['a mail address with a header in it', { kind: 'email', to: ['me@example.org\nBcc: x@y.org'] }, /mail address alone/],
  ['nobody', { kind: 'email', to: [] }, /to/],
  ['an unknown event', { kind: 'command', run: ['x'], on: ['started'] }, /on\.0/],
  ['nothing to tell', { kind: 'command', run: ['x'], on: [] }, /on/],
  ['a priority beyond the highest', { kind: 'ntfy', url: 'https://n/x', priority: 6 }, /priority/],
])('refuses %s', (_what, target, words) => {
  const issues = notify.safeParse([target]).error?.issues ?? [];
  const told = (of: typeof issues): string[] =>
    of.flatMap((issue) => [
      `${issue.path.join('.')}: ${issue.message}`,
      ...(issue.code === 'invalid_union' ? issue.errors.flatMap(told) : []),
    ]);
  expect(told(issues).join('\n')).toMatch(words);
});
