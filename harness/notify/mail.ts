import MailComposer from 'nodemailer/lib/mail-composer';
import type { NotifyTarget } from '../inventory/notify.ts';
import type { Notification } from './notification.ts';

type MailTarget = Extract<NotifyTarget, { kind: 'email' }>;

/**
 * A notification as a mail (RFC 5322) with the line ends that a local sendmail expects. The composer encodes what is not ASCII and folds what is
 * long; the title has no line break by which a header could slip in.
 */
export async function mailOf(
  { to, from }: Pick<MailTarget, 'to' | 'from'>,
  { event, title, text, atMs, run }: Notification,
): Promise<string> {
  const composer = new MailComposer({
    ...(from === undefined ? {} : { from }),
    to,
    subject: `[comeback] ${title}`,
    text: `${text}\n`,
    date: new Date(atMs),
    headers: {
      // RFC 3834: whoever is away must not answer a machine.
      'Auto-Submitted': 'auto-generated',
      'X-Comeback-Event': event,
      'X-Comeback-Run': run,
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return (await composer.compile().build()).toString('utf8').replaceAll('\r\n', '\n');
}
