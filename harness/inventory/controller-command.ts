import { z } from 'zod';
import { environmentVariable, filePath, text } from './fields.ts';

/** Where a secret is, never the secret itself. */
export const secret = z
  .union(
    [
      z.strictObject({ env: environmentVariable.describe('Name of the environment variable that holds the secret.') }),
      z.strictObject({ file: filePath('File that holds the secret and nothing else') }),
    ],
    'must be either {env: VARIABLE} or {file: PATH}: the inventory never holds a secret itself',
  )
  .describe('Where the secret is.');

type Secret = z.output<typeof secret>;

/** A program on the controller. */
export const argv = z
  .array(text())
  .min(1)
  .describe('Program and arguments, one word each; no shell reads them. It succeeds with exit code 0.');

/** Variables that hold the secrets of a program: a command line would show them to everybody who runs ps. */
export const secretEnvironment = z
  .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'), secret)
  .default({});

/** The same with an absolute path. */
export function resolveSecretPath(source: Secret, inPath: (path: string) => string): Secret {
  return 'file' in source ? { file: inPath(source.file) } : source;
}

/** The same with absolute paths. */
export function resolveEnvironmentPaths(
  environment: Readonly<Record<string, Secret>>,
  inPath: (path: string) => string,
): Record<string, Secret> {
  const entries = Object.entries(environment).map(([name, at]) => [name, resolveSecretPath(at, inPath)] as const);
  return Object.fromEntries(entries);
}
