import type { NotifyTarget } from '../inventory/notify.ts';
import type { Wait } from '../wait.ts';
import { NotifyError } from './errors.ts';
import { postJson } from './http-post.ts';
import { mailOf } from './mail.ts';
import type { Notification } from './notification.ts';
import { runProgram } from './run-program.ts';
import { readAddress, readSecret, readSecrets } from './secrets.ts';

/**
 * Sends one notification to one target, and waits until it was taken.
 *
 * @throws NotifyError, DeadlineError, or the reason of the signal.
 */
export async function send(target: NotifyTarget, notification: Notification, wait: Wait): Promise<void> {
  switch (target.kind) {
    case 'webhook': {
      const [url, headers] = await Promise.all([readAddress(target.url), readSecrets(target.headers)]);
      await postJson(url, notification, { headers, wait });
      return;
    }
    case 'ntfy':
      await sendNtfy(target, notification, wait);
      return;
    case 'email': {
      const stdin = await mailOf(target, notification);
      // -i: a line with nothing but a dot does not end the mail.
      await runProgram({ argv: [target.sendmail, '-t', '-i'], environment: {}, stdin }, wait);
      return;
    }
    case 'command': {
      const [program, ...args] = target.run;
      if (program === undefined) throw new NotifyError('it names no program');
      const environment = await readSecrets(target.environment);
      await runProgram({ argv: [program, ...args], environment, stdin: `${JSON.stringify(notification)}\n` }, wait);
      return;
    }
  }
}

/** ntfy makes an attachment of a longer message (docs.ntfy.sh, "Limitations"). */
const mostBytes = 4096;

/** As JSON to the address above the topic (docs.ntfy.sh, "Publish as JSON"): in headers only ASCII would stand. */
async function sendNtfy(
  { url, token, priority }: Extract<NotifyTarget, { kind: 'ntfy' }>,
  { event, title, text }: Notification,
  wait: Wait,
): Promise<void> {
  const address = await readAddress(url);
  const topic = decodeURIComponent(address.pathname.replace(/^\/+|\/+$/g, ''));
  if (topic === '' || topic.includes('/')) throw new NotifyError('its address must end in one topic');
  const headers = token === undefined ? {} : { authorization: `Bearer ${await readSecret(token)}` };
  const usual = event === 'ended' || event === 'test' ? 3 : 4;
  const message = Buffer.from(text)
    .subarray(0, mostBytes)
    .toString('utf8')
    .replace(/\ufffd$/, '');
  await postJson(new URL('/', address), { topic, title, message, priority: priority ?? usual }, { headers, wait });
}

/** What a target is called in messages: never by its address, which may hold a secret. */
export function targetName({ kind }: NotifyTarget, index: number): string {
  return `notify[${index}] (${kind})`;
}

/** Why a notification was not sent, without the full stop at the end. */
export function failureWords(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
