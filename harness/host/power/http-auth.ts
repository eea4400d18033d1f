import { createHash, randomBytes } from 'node:crypto';
import { type HttpDevice, type HttpReply, type HttpRequest, httpRequest } from './http.ts';
import { type Login, readSecret } from './secret.ts';
import type { Wait } from '../../wait.ts';

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/**
 * Sends a request to a device that may ask for HTTP Basic or Digest (RFC 7616) authentication.
 * The password is not sent before it is asked for, and with Digest never.
 */
export async function requestWithLogin(
  device: HttpDevice,
  request: HttpRequest,
  login: Login | undefined,
  wait: Wait,
): Promise<HttpReply> {
  const reply = await httpRequest(device, request, wait);
  const challenge = reply.headers['www-authenticate'];
  if (reply.status !== 401 || login === undefined || challenge === undefined) return reply;
  const password = await readSecret(login.password);
  const authorization = /^digest /i.test(challenge)
    ? digestAuthorization({ challenge, user: login.user, password, method: request.method, uri: request.path })
    : basicAuthorization(login.user, password);
  return await httpRequest(device, { ...request, headers: { ...request.headers, authorization } }, wait);
}

interface DigestInput {
  readonly challenge: string;
  readonly user: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  /** Client nonce; random unless given. */
  readonly cnonce?: string;
}

/** The answer to one challenge of RFC 7616 with `qop=auth`; SHA-256 where the server offers it, else MD5. */
export function digestAuthorization(input: DigestInput): string {
  const fields = new Map<string, string>();
  for (const [, name, quoted, bare] of input.challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g)) {
    if (name !== undefined) fields.set(name.toLowerCase(), quoted ?? bare ?? '');
  }
  const algorithm = fields.get('algorithm') ?? 'MD5';
  const hash = (text: string): string =>
    createHash(algorithm.toUpperCase() === 'SHA-256' ? 'sha256' : 'md5')
      .update(text)
      .digest('hex');
  const realm = fields.get('realm') ?? '';
  const nonce = fields.get('nonce') ?? '';
  const cnonce = input.cnonce ?? randomBytes(16).toString('hex');
  const count = '00000001';
  const ha1 = hash(`${input.user}:${realm}:${input.password}`);
  const ha2 = hash(`${input.method}:${input.uri}`);
  const response = hash(`${ha1}:${nonce}:${count}:${cnonce}:auth:${ha2}`);
  const opaque = fields.get('opaque');
  return (
    `Digest username="${input.user}", realm="${realm}", nonce="${nonce}", uri="${input.uri}", algorithm=${algorithm}, ` +
    `qop=auth, nc=${count}, cnonce="${cnonce}", response="${response}"${opaque === undefined ? '' : `, opaque="${opaque}"`}`
  );
}
