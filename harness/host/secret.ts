import { readFile } from 'node:fs/promises';

/** Where a secret is, never the secret itself. */
export type SecretSource = { readonly env: string } | { readonly file: string };

/** A secret, or why there is none: the end of a sentence that begins with whose it is, without a full stop. */
export type FoundSecret = { readonly value: string } | { readonly problem: string; readonly cause?: unknown };

/** Looks a secret up at the moment of its use; a file's last line break is not part of it. */
export async function lookUpSecret(
  source: SecretSource,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FoundSecret> {
  const found = 'env' in source ? { value: environment[source.env] ?? '' } : await fromFile(source.file);
  if ('problem' in found || found.value !== '') return found;
  const where = 'env' in source ? `the environment variable ${source.env}` : `the file ${source.file}`;
  const mend = 'env' in source ? 'Set it' : 'Write the secret into it';
  return { problem: `is missing: ${where} holds none. ${mend} and try again` };
}

async function fromFile(path: string): Promise<FoundSecret> {
  try {
    return { value: (await readFile(path, 'utf8')).replace(/\r?\n$/, '') };
  } catch (cause) {
    return { problem: `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, cause };
  }
}
