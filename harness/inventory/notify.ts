import { z } from 'zod';
import { argv, resolveEnvironmentPaths, resolveSecretPath, secret, secretEnvironment } from './controller-command.ts';
import { filePath, milliseconds, text } from './fields.ts';

/** What is told: the first loss of a function in a run, a host that hangs, a run that waits for a person, the end of a run. */
export const notifyEvents = ['lost', 'wedged', 'parked', 'ended'] as const;
export type NotifyEvent = (typeof notifyEvents)[number];

const common = {
  on: z
    .array(z.enum(notifyEvents))
    .min(1)
    .default([...notifyEvents])
    .describe(
      'What to tell: lost (the first loss of a function in a run), wedged (the host hangs), parked (the run waits for a person), ended.',
    ),
  timeoutMs: milliseconds(10_000, 'For one notification to be taken'),
};

function isAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'http:' || protocol === 'https:') && `${username}${password}` === '';
}

/** Many services put a secret into the address itself. */
const address = z
  .union(
    [
      text().refine(isAddress, 'must be an address as in "https://hooks.example/comeback", without user or password'),
      secret,
    ],
    'must be an address, or {env: VARIABLE} or {file: PATH} where it has a secret in it',
  )
  .describe('Address; one that has a secret in it is named by {env: VARIABLE} or {file: PATH}.');

const webhook = z.strictObject({
  kind: z.literal('webhook'),
  url: address,
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header'), secret)
    .default({})
    .describe('Headers with secrets, such as Authorization; the value is all that stands after the colon.'),
  ...common,
});

const ntfy = z.strictObject({
  kind: z.literal('ntfy'),
  url: address.describe(
    'Address of the topic, as in "https://ntfy.sh/my-lab"; by reference where the topic is a secret.',
  ),
  token: secret.optional().describe('Access token (tk_...).'),
  priority: z
    .int()
    .min(1)
    .max(5)
    .optional()
    .describe('1 (lowest) to 5 (highest); absent: 4 for a loss, a hang and a run that waits, 3 for an end.'),
  ...common,
});

const mailAddress = text().pipe(z.email('must be a mail address alone, as in "me@example.org"'));

const email = z.strictObject({
  kind: z.literal('email'),
  to: z.array(mailAddress).min(1).describe('Who gets it.'),
  from: mailAddress.optional().describe('Absent: what sendmail makes of the user that runs comeback.'),
  sendmail: filePath('The program that takes mail on this machine').default('/usr/sbin/sendmail'),
  ...common,
});

const command = z.strictObject({
  kind: z.literal('command'),
  run: argv.describe(
    'Program on this machine and arguments, one word each; no shell reads them. It gets the event as JSON on stdin.',
  ),
  environment: secretEnvironment.describe('Variables with secrets for the program.'),
  ...common,
});

/** Who is told of what befalls the runs of a host. */
export const notify = z
  .array(
    z.discriminatedUnion(
      'kind',
      [webhook, ntfy, email, command],
      'must have a kind: webhook, ntfy, email (by the local sendmail) or command',
    ),
  )
  .describe(
    'Who is told of what befalls a run. A notification that fails is a line on the screen and never fails the run.',
  );

/** One of them, defaults filled in. */
export type NotifyTarget = z.output<typeof notify>[number];
type Address = z.output<typeof address>;

/** The same with absolute paths. */
export function resolveNotifyPaths(target: NotifyTarget, inPath: (path: string) => string): NotifyTarget {
  const addressIn = (url: Address): Address => (typeof url === 'string' ? url : resolveSecretPath(url, inPath));
  switch (target.kind) {
    case 'webhook':
      return { ...target, url: addressIn(target.url), headers: resolveEnvironmentPaths(target.headers, inPath) };
    case 'ntfy': {
      const { token } = target;
      return {
        ...target,
        url: addressIn(target.url),
        ...(token === undefined ? {} : { token: resolveSecretPath(token, inPath) }),
      };
    }
    case 'email':
      return { ...target, sendmail: inPath(target.sendmail) };
    case 'command':
      return { ...target, environment: resolveEnvironmentPaths(target.environment, inPath) };
  }
}
