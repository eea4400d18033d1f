import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { notify, type NotifyTarget } from '../inventory/notify.ts';
import { listen } from '../test/http-listener.ts';
import { temporaryDirectory } from '../test/temporary-directory.ts';
import { type Notification, testNotification } from './notification.ts';
import { failureWords, send } from './send.ts';

const wait = { timeoutMs: 8000 };
const soon = { timeoutMs: 150 };
const notification: Notification = {
  ...testNotification('elysium', Date.UTC(2026, 10, 28)),
  title: 'GPU lost — Füße 😀',
  text: 'one\n.\ntwo ü',
};
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  folder = await temporaryDirectory();
});
afterAll(() => folder[Symbol.asyncDispose]());
afterEach(() => vi.unstubAllEnvs());

function targetOf(target: Readonly<Record<string, unknown>>): NotifyTarget {
  const [parsed] = notify.parse([target]);
  if (parsed === undefined) throw new Error('no target');
  return parsed;
}

async function failureOf(target: NotifyTarget, limit: { readonly timeoutMs: number } = wait): Promise<string> {
  return failureWords(
    await send(target, notification, limit).then(
      () => new Error('it was sent'),
      (error: unknown) => error,
    ),
  );
}

let scripts = 0;
async function script(body: string): Promise<string> {
  const home = join(folder.path, String((scripts += 1)));
  await mkdir(home);
  const path = join(home, 'program');
  await writeFile(path, `#!/bin/sh\ncd '${home}' || exit 9\n${body}\n`);
  await chmod(path, 0o755);
  return path;
}
const beside = (program: string, name: string): Promise<string> => readFile(join(program, '..', name), 'utf8');

describe('a webhook', () => {
  it('gets the notification as JSON, with the secrets that its headers name', async () => {
    await using service = await listen(() => 204);
    vi.stubEnv('HOOK', `${service.origin}/hook/s3cret`);
    vi.stubEnv('AUTH', 'Bearer t0ken');
    await send(
      targetOf({ kind: 'webhook', url: { env: 'HOOK' }, headers: { Authorization: { env: 'AUTH' } } }),
      notification,
      wait,
    );
    expect(service.heard).toMatchObject([
      { path: '/hook/s3cret', headers: { authorization: 'Bearer t0ken', 'content-type': 'application/json' } },
    ]);
    expect(JSON.parse(service.heard[0]?.body ?? '')).toEqual(notification);
  });

  it('that is down for a moment gets it all the same, and one that stays down not for ever', async () => {
    await using shaky = await listen((number) => (number === 0 ? 503 : 200));
    await send(targetOf({ kind: 'webhook', url: shaky.origin }), notification, wait);
    expect(shaky.heard).toHaveLength(2);
    await using broken = await listen(() => 500);
    expect(await failureOf(targetOf({ kind: 'webhook', url: broken.origin }))).toBe('it answered HTTP 500');
    expect(broken.heard).toHaveLength(2);
  });

  it('that redirects is not followed, and one that refuses not asked again', async () => {
    await using other = await listen(() => 200);
    await using moved = await listen(() => 307, { location: other.origin });
    expect(await failureOf(targetOf({ kind: 'webhook', url: moved.origin }))).toMatch(/HTTP 307, a redirect/);
    await using refusing = await listen(() => 403);
    expect(await failureOf(targetOf({ kind: 'webhook', url: refusing.origin }))).toBe('it answered HTTP 403');
    expect([other.heard.length, moved.heard.length, refusing.heard.length]).toEqual([0, 1, 1]);
  });

  it('that hangs is given up', async () => {
    await using hanging = await listen(() => 'never');
    expect(await failureOf(targetOf({ kind: 'webhook', url: hanging.origin }), soon)).toMatch(
      /^Waited 0\.\d s for a notification/,
    );
  });

  it('that fails never has its secrets told', async () => {
    vi.stubEnv('HOOK', 'http://127.0.0.1:1/s3cret');
    vi.stubEnv('AUTH', 's3cret\nX: y');
    vi.stubEnv('NONE', 'not an address s3cret');
    const failures = [
      await failureOf(targetOf({ kind: 'webhook', url: { env: 'HOOK' } })),
      await failureOf(targetOf({ kind: 'webhook', url: { env: 'NONE' } })),
      await failureOf(targetOf({ kind: 'webhook', url: 'http://127.0.0.1:1', headers: { A: { env: 'AUTH' } } })),
      await failureOf(targetOf({ kind: 'webhook', url: { env: 'UNSET' } })),
    ];
    expect(failures).toEqual([
      expect.stringMatching(/not reached \(ECONNREFUSED\)|could not be made/),
      'what its secret holds is no address',
      expect.stringMatching(/could not be made/),
      expect.stringMatching(/environment variable UNSET holds none/),
    ]);
    expect(failures.join()).not.toContain('s3cret');
  });
});

describe('ntfy', () => {
  it('gets topic, title, message and priority, and the token', async () => {
    await using service = await listen(() => 200);
    vi.stubEnv('TOKEN', 'tk_1');
    await send(
      targetOf({ kind: 'ntfy', url: `${service.origin}/my-lab`, token: { env: 'TOKEN' } }),
      { ...notification, event: 'lost' },
      wait,
    );
    await send(
      targetOf({ kind: 'ntfy', url: `${service.origin}/my-lab/`, priority: 5 }),
      { ...notification, text: 'ü'.repeat(4000) },
      wait,
    );
    expect(service.heard.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/', 'Bearer tk_1'],
      ['/', undefined],
    ]);
    const [first, second] = service.heard.map(({ body }): unknown => JSON.parse(body));
    expect(first).toEqual({ topic: 'my-lab', title: notification.title, message: notification.text, priority: 4 });
    expect(second).toMatchObject({ priority: 5, message: 'ü'.repeat(2048) });
  });

  it('is not asked without a topic', async () => {
    expect(await failureOf(targetOf({ kind: 'ntfy', url: 'http://127.0.0.1:1/' }))).toMatch(/one topic/);
  });
});

describe('a mail', () => {
  const mail = (sendmail: string) =>
    targetOf({ kind: 'email', to: ['me@example.org', 'you@example.org'], from: 'lab@example.org', sendmail });

  it('goes to sendmail with whole headers, and no line of a title becomes one', async () => {
    const sendmail = await script('printf "%s\\n" "$@" > words; cat > mail');
    await send(
      mail(sendmail),
      { ...notification, title: 'a\r\nBcc: x@example.org\u2028 ü', run: 'r\nBcc: y@example.org' },
      wait,
    );
    expect(await beside(sendmail, 'words')).toBe('-t\n-i\n');
    const text = await beside(sendmail, 'mail');
    const [head = '', ...body] = text.split('\n\n');
    const names = head
      .replaceAll(/\n[ \t]+/g, ' ')
      .split('\n')
      .map((line) => line.replace(/:.*/, ''));
    expect(names).toEqual(
      expect.arrayContaining(['From', 'To', 'Subject', 'Date', 'Message-ID', 'Auto-Submitted', 'MIME-Version']),
    );
    expect(names).not.toContain('Bcc');
    expect(head).toContain('To: me@example.org, you@example.org');
    expect(head).toContain('Date: Sat, 28 Nov 2026 00:00:00 +0000');
    expect(text).not.toMatch(/\r|[^\n -~\t]/);
    expect(body.join('\n\n')).toMatch(/one\n\.\ntwo =C3=BC/);
  });

  it('that is not taken says why', async () => {
    expect(await failureOf(mail(await script('echo "no queue" >&2; exit 75')))).toBe('it ended with 75: no queue');
    expect(await failureOf(mail('/nonexistent/sendmail'))).toMatch(/could not be started \(ENOENT\)/);
  });
});

describe('a command', () => {
  it('gets the event as JSON on stdin, its words as they are, and its secrets in its environment', async () => {
    vi.stubEnv('LAB_PIN', '12 34');
    const program = await script('printf "%s\\n" "$@" "$PIN" > words; cat > event');
    await send(
      targetOf({ kind: 'command', run: [program, '$(id)', 'a b'], environment: { PIN: { env: 'LAB_PIN' } } }),
      notification,
      wait,
    );
    expect(await beside(program, 'words')).toBe('$(id)\na b\n12 34\n');
    expect(JSON.parse(await beside(program, 'event'))).toEqual(notification);
  });

  it('need not read it, and what it says of its secrets is not told', async () => {
    vi.stubEnv('LAB_PIN', 's3cret');
    const long = { ...notification, text: 'x'.repeat(1_000_000) };
    await send(targetOf({ kind: 'command', run: ['true'] }), long, wait);
    const program = await script('echo "wrong pin $PIN\\033[2J" >&2; exit 1');
    const failure = await failureOf(
      targetOf({ kind: 'command', run: [program], environment: { PIN: { env: 'LAB_PIN' } } }),
    );
    expect(failure).toBe('it ended with 1: wrong pin ***');
  });

  it('that hangs is killed with whatever it has started', async () => {
    const program = await script(
      `trap '' TERM; sh -c 'trap "" TERM; echo $$ > part && mv part child; exec sleep 30' & wait`,
    );
    const abort = new AbortController();
    const target = targetOf({ kind: 'command', run: [program] });
    const sending = send(target, notification, { ...wait, signal: abort.signal });
    sending.catch(() => undefined);
    const child = await vi.waitFor(async () => Number(/^\d+$/m.exec(await beside(program, 'child'))?.[0] ?? NaN), {
      timeout: 8000,
    });
    abort.abort(new Error('the run is over'));
    await expect(sending).rejects.toThrow('the run is over');
    const standing = (): Promise<string> => readFile(`/proc/${child}/stat`, 'utf8').catch(() => 'gone');
    await vi.waitFor(async () => expect(await standing()).toMatch(/^gone$|^\d+ \(.*\) Z/), { timeout: 5000 });
  });
});
