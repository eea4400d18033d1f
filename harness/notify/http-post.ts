import pRetry, { AbortError } from 'p-retry';
import { deadlineSignal, type Wait } from '../wait.ts';
import { NotifyError } from './errors.ts';

/** Another try is made after a service that is down or was not reached, and no more than one. */
const retries = 1;
const restMs = 500;

/**
 * Posts JSON once; where the service was not reached or says that it is at fault, once more. A redirect is not followed: it would take the secrets of the
 * request along to whoever it names.
 *
 * @throws NotifyError, which names neither the address nor a header; DeadlineError; the reason of the signal.
 */
export async function postJson(
  url: URL,
  body: unknown,
  options: { readonly headers?: Readonly<Record<string, string>>; readonly wait: Wait },
): Promise<void> {
  using deadline = deadlineSignal(options.wait, 'a notification to be taken');
  const { signal } = deadline;
  const headers = { ...options.headers, 'content-type': 'application/json' };
  await pRetry(() => postOnce(url, { headers, body: JSON.stringify(body), signal }), {
    ...{ retries, minTimeout: restMs, maxTimeout: restMs, signal },
  });
}

async function postOnce(
  url: URL,
  request: { readonly headers: Record<string, string>; readonly body: string; readonly signal: AbortSignal },
): Promise<void> {
  const response = await fetch(url, { method: 'POST', redirect: 'manual', ...request }).catch((error: unknown) => {
    request.signal.throwIfAborted();
    throw fetchError(error);
  });
  // Nobody reads it, and as long as it is open, so is the connection.
  await response.body?.cancel().catch(() => undefined);
  const { status } = response;
  if (status >= 200 && status < 300) return;
  if (status >= 500 || status === 429) throw new NotifyError(`it answered HTTP ${status}`);
  const mend = status >= 300 && status < 400 ? ', a redirect: name the address that it leads to' : '';
  throw new AbortError(new NotifyError(`it answered HTTP ${status}${mend}`));
}

/** What fetch says of a failure can hold the whole address; its cause has a code. */
function fetchError(error: unknown): Error {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause) return new NotifyError(`it was not reached (${String(cause.code)})`);
  // Such as a header that no request may have: it will be no other one the next time.
  return new AbortError(new NotifyError('the request could not be made: look at its address and its headers'));
}
