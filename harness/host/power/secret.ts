import { lookUpSecret, type SecretSource } from '../secret.ts';
import { PowerConfigError } from './errors.ts';

/** User and password of a device. */
export interface Login {
  readonly user: string;
  readonly password: SecretSource;
}

/** Reads a secret of a power device at the moment of its use. @throws PowerConfigError */
export async function readSecret(source: SecretSource): Promise<string> {
  const found = await lookUpSecret(source);
  if ('value' in found) return found.value;
  throw new PowerConfigError(`A secret of the power device ${found.problem}.`, { cause: found.cause });
}
