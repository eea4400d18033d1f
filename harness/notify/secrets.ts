import { lookUpSecret, type SecretSource } from '../host/secret.ts';
import { NotifyError } from './errors.ts';

/** Reads a secret of a target at the moment of its use. @throws NotifyError */
export async function readSecret(source: SecretSource): Promise<string> {
  const found = await lookUpSecret(source);
  if ('value' in found) return found.value;
  throw new NotifyError(`a secret of it ${found.problem}`, { cause: found.cause });
}

/** Reads all of a record. @throws NotifyError */
export async function readSecrets(sources: Readonly<Record<string, SecretSource>>): Promise<Record<string, string>> {
  const entries = Object.entries(sources).map(async ([name, source]) => [name, await readSecret(source)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** An address, which may be a secret as a whole. @throws NotifyError, which does not name it */
export async function readAddress(source: string | SecretSource): Promise<URL> {
  const text = typeof source === 'string' ? source : (await readSecret(source)).trim();
  if (!URL.canParse(text)) throw new NotifyError('what its secret holds is no address');
  const url = new URL(text);
  if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  throw new NotifyError('its address is neither http nor https');
}
