import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { ComebackError } from '../../errors.ts';

/** The file of the token cannot be used. */
export class TokenFileError extends ComebackError {
  override readonly code = 'WATCH_TOKEN_FILE';
  override readonly kind = 'usage';

  constructor(path: string, why: string) {
    super(`The token in ${path} cannot be used: ${why}. Remove the file, and a new one is made.`);
  }
}

const shape = /^[\w-]{20,200}$/;

/** A secret that nobody guesses, and that a URL bears as it is. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The token that a file holds, for whoever asks by a script; where there is no file, it is made, and nobody else may read it.
 *
 * @throws TokenFileError
 */
export async function tokenOfFile(path: string): Promise<string> {
  try {
    const token = newToken();
    await writeFile(path, `${token}\n`, { flag: 'wx', mode: 0o600 });
    await chmod(path, 0o600);
    return token;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
      throw new TokenFileError(path, String(error));
  }
  const token = (
    await readFile(path, 'utf8').catch((error: unknown) => Promise.reject(new TokenFileError(path, String(error))))
  ).trim();
  if (!shape.test(token)) throw new TokenFileError(path, 'it must be 20 letters, digits, "-" or "_" or more');
  return token;
}

/** Whether it is the token, in a time that tells nothing of where they differ. */
export function isSameToken(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
