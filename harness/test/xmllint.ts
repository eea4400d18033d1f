import { spawn } from 'node:child_process';

/**
 * Validates XML by libxml2's own command.
 *
 * @returns what xmllint complains of; empty for a valid document.
 * @throws Error where xmllint is not installed: a test that cannot validate must not pass.
 */
export async function xmllint(xml: string, schema: URL): Promise<string> {
  const child = spawn('xmllint', ['--nonet', '--noout', '--schema', schema.pathname, '-']);
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text) => errors.push(String(text)));
  // xmllint may give up before it has read everything; its exit code tells.
  child.stdin.on('error', () => undefined).end(xml);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause) =>
      reject(new Error('These tests need xmllint: install the Debian package libxml2-utils.', { cause })),
    );
    child.on('close', resolve);
  });
  const complaints = errors.join('');
  if (exitCode === 0) return '';
  return complaints === '' ? `xmllint left with ${String(exitCode)}` : complaints;
}
