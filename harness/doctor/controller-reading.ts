import { access, constants } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { lookUpSecret } from '../host/secret.ts';
import type { MissingNeed, Need } from './controller-checks.ts';

/** Those of the needs that the controller does not meet. No program is run, and no secret is kept. */
export async function missingOf(
  needs: readonly Need[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<MissingNeed[]> {
  const looked = await Promise.all(
    needs.map(async (need) => {
      const why = await whyMissing(need.what, environment);
      return why === undefined ? [] : [{ ...need, why }];
    }),
  );
  return looked.flat();
}

async function whyMissing(what: Need['what'], environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  if ('secret' in what) {
    const found = await lookUpSecret(what.secret, environment);
    return 'problem' in found ? 'is missing' : undefined;
  }
  if ('file' in what) return (await may(what.file, constants.R_OK)) ? undefined : 'cannot be read';
  const { program } = what;
  const paths =
    program.includes('/') || isAbsolute(program)
      ? [program]
      : (environment['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = await Promise.all(paths.map((path) => may(path, constants.X_OK)));
  return found.includes(true) ? undefined : 'is not on this machine';
}

async function may(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
