import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { httpRequest } from './http.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const wait = { timeoutMs: 5000 };

describe.skipIf(!hasOpenssl)('a service processor with a certificate of its own', () => {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization ?? 'nothing');
    response.end('{}');
  });
  const directory = mkdtempSync(join(tmpdir(), 'comeback-tls-'));
  let sha256 = '';
  let origin: URL;

  beforeAll(async () => {
    const key = join(directory, 'key.pem');
    const certificate = join(directory, 'certificate.pem');
    const elliptic = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', key, '-out', certificate];
    execFileSync('openssl', ['req', '-x509', ...elliptic, ...files, '-subj', '/CN=bmc'], { stdio: 'ignore' });
    sha256 = new X509Certificate(readFileSync(certificate)).fingerprint256;
    server.setSecureContext({ key: readFileSync(key), cert: readFileSync(certificate) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });

  const request = { method: 'GET', path: '/', headers: { authorization: 'secret' } } as const;

  it('is trusted by its fingerprint', async () => {
    const device = { description: 'bmc', origin, certificateSha256: sha256.toLowerCase() };
    expect(await httpRequest(device, request, wait)).toMatchObject({ status: 200, body: '{}' });
    expect(heard.splice(0)).toEqual(['secret']);
  });

  it.each([
    ['another fingerprint', 'AB'.repeat(32), /its certificate is another one/],
    ['no fingerprint', undefined, /self-signed certificate/],
  ])('hears nothing of us with %s', async (_name, certificateSha256, words) => {
    const asked = httpRequest({ description: 'bmc', origin, certificateSha256 }, request, wait);
    await expect(asked).rejects.toThrow(words);
    await expect(asked).rejects.toMatchObject({ refused: true });
    expect(heard).toEqual([]);
  });
});
