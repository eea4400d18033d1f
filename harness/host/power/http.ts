import * as http from 'node:http';
import * as https from 'node:https';
import { isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { DeadlineError, deadlineSignal, orAborted, type Wait } from '../../wait.ts';
import { PowerDeviceError } from './errors.ts';

/** An HTTP device on the lab's network. */
export interface HttpDevice {
  /** For messages; without secrets. */
  readonly description: string;
  /** `http://host:port` or `https://host:port`. */
  readonly origin: URL;
  /**
   * SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` prints it. Service processors sign their own, so
   * pinning is what can be verified; absent: the ordinary check against the authorities that Node knows.
   */
  readonly certificateSha256?: string | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query. Never part of a message: a query may hold a secret. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const maxReplyBytes = 256 * 1024;

/**
 * One request, one reply, one connection; nothing is repeated and no redirect followed.
 * (Not `fetch`: it has no way to pin the certificate of a service processor.)
 *
 * @throws PowerDeviceError where no reply comes, or the reason of the caller's signal.
 */
export async function httpRequest(device: HttpDevice, request: HttpRequest, wait: Wait): Promise<HttpReply> {
  using deadline = deadlineSignal(wait, `${device.description} to answer`);
  const { signal } = deadline;
  try {
    signal.throwIfAborted();
    const socket = device.origin.protocol === 'https:' ? await tlsSocket(device, signal) : undefined;
    return await exchange(device, request, socket, signal);
  } catch (error) {
    wait.signal?.throwIfAborted();
    throw deviceError(device, signal.aborted ? signal.reason : error);
  }
}

/** @throws PowerDeviceError for every status but 2xx; 4xx is a refusal, 5xx may come after the act. */
export function expectSuccess(device: HttpDevice, reply: HttpReply): HttpReply {
  if (reply.status >= 200 && reply.status < 300) return reply;
  const meaning =
    reply.status === 401 || reply.status === 403
      ? `it refused the login (HTTP ${reply.status})`
      : `it answered HTTP ${reply.status}: ${shortened(reply.body)}`;
  throw new PowerDeviceError(device.description, meaning, { refused: reply.status >= 400 && reply.status < 500 });
}

/** A few words of what a device said, fit for one line. */
export function shortened(text: string): string {
  // eslint-disable-next-line no-control-regex -- a device may say anything
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  if (line === '') return 'nothing';
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}

async function exchange(
  device: HttpDevice,
  request: HttpRequest,
  socket: TLSSocket | undefined,
  signal: AbortSignal,
): Promise<HttpReply> {
  const payload = request.json === undefined ? undefined : JSON.stringify(request.json);
  const options: http.RequestOptions = {
    method: request.method,
    signal,
    headers: {
      accept: 'application/json',
      connection: 'close',
      ...(payload === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
      ...request.headers,
    },
    ...(socket === undefined ? { agent: false } : { createConnection: () => socket }),
  };
  const url = new URL(request.path, device.origin);
  return await new Promise((resolve, reject) => {
    const sent = (socket === undefined ? http : https).request(url, options, (response) => {
      readBody(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(payload);
  });
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!(chunk instanceof Buffer)) continue;
    bytes += chunk.length;
    if (bytes > maxReplyBytes) throw new Error(`its reply is longer than ${maxReplyBytes / 1024} KiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The certificate is verified before the first byte of the request, which may hold a password, is sent. */
async function tlsSocket(device: HttpDevice, signal: AbortSignal): Promise<TLSSocket> {
  const { hostname, port } = device.origin;
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = connectTls({
    host,
    port: port === '' ? 443 : Number(port),
    rejectUnauthorized: device.certificateSha256 === undefined,
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  const ready = new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('it closed the connection during the TLS handshake')));
  });
  try {
    await orAborted(ready, signal);
    if (device.certificateSha256 !== undefined) {
      const shown = socket.getPeerX509Certificate()?.fingerprint256 ?? 'none';
      if (plain(shown) !== plain(device.certificateSha256)) {
        throw new Error(`its certificate is another one (SHA-256 ${shown}) than the inventory names`);
      }
    }
    return socket;
  } catch (error) {
    ready.catch(() => undefined);
    socket.destroy();
    throw error;
  }
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toUpperCase();
}

/** Nothing was sent where there was no connection; after that, a silence may hide an act that took place. */
const neverReached = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

function deviceError(device: HttpDevice, error: unknown): PowerDeviceError {
  if (error instanceof PowerDeviceError) return error;
  if (error instanceof DeadlineError) {
    const reason = `it did not answer within ${(error.timeoutMs / 1000).toFixed(1)} s`;
    return new PowerDeviceError(device.description, reason, { refused: false, cause: error });
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = error instanceof Error ? error.message || code : String(error);
  return new PowerDeviceError(device.description, shortened(reason), {
    refused: neverReached.has(code) || reason.includes('certificate'),
    cause: error,
  });
}
