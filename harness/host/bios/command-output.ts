import type { FileHandle } from 'node:fs/promises';

const readBytes = 64 * 1024;
const keptLines = 20;
const longestLine = 300;

/**
 * The last lines of a file of output, fit for a journal: without secrets, without what a progress bar drew over, and without anything
 * that could steer a terminal.
 */
export async function lastLines(file: FileHandle, secrets: readonly string[]): Promise<string[]> {
  const { size } = await file.stat();
  const start = Math.max(0, size - readBytes);
  const buffer = Buffer.alloc(size - start);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  const text = buffer.toString('utf8', 0, bytesRead);
  // What is cut in its middle could hold the second half of a secret, which nobody would recognise.
  const whole = start === 0 ? text : text.replace(/^[^\r\n]*/, '');
  return withoutSecrets(whole, secrets)
    .split('\n')
    .map((line) => line.replace(/\r+$/, '').replace(/^.*\r/s, ''))
    .map((line) => line.replace(/\p{Cc}+/gu, ' ').trim())
    .filter((line) => line !== '')
    .slice(-keptLines)
    .map((line) => (line.length > longestLine ? `${line.slice(0, longestLine)}...` : line));
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, ...secret.split(/\r?\n/)])
    .filter((secret) => secret.trim() !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((so, secret) => so.replaceAll(secret, '***'), text);
}
