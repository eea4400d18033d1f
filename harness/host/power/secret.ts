import { readFile } from 'node:fs/promises';
import { PowerConfigError } from './errors.ts';

/** Where a secret is, never the secret itself. */
export type SecretSource = { readonly env: string } | { readonly file: string };

/** User and password of a device. */
export interface Login {
  readonly user: string;
  readonly password: SecretSource;
}

/** Reads a secret at the moment of its use; a file's last line break is not part of it. @throws PowerConfigError */
export async function readSecret(source: SecretSource, environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const secret = 'env' in source ? environment[source.env] : await readSecretFile(source.file);
  if (secret !== undefined && secret !== '') return secret;
  const where = 'env' in source ? `the environment variable ${source.env}` : `the file ${source.file}`;
  const mend = 'env' in source ? 'Set it' : 'Write the secret into it';
  throw new PowerConfigError(`A secret of the power device is missing: ${where} holds none. ${mend} and try again.`);
}

async function readSecretFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PowerConfigError(`A secret of the power device cannot be read: ${why}.`, { cause });
  }
}
