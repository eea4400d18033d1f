import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { LabNameError } from './errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where images are cached, by the XDG Base Directory Specification: `$XDG_CACHE_HOME/comeback/lab-image`. */
export function imageCacheDirectory(environment: Environment = process.env): string {
  return join(baseDirectory(environment['XDG_CACHE_HOME'], '.cache'), 'comeback', 'lab-image');
}

/** Where an instance keeps its state: `$XDG_STATE_HOME/comeback/lab/<name>`. */
export function instanceDirectory(name: string, environment: Environment = process.env): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/.test(name)) throw new LabNameError(name);
  return join(labStateDirectory(environment), name);
}

/** Where everything lives that belongs to labs but to no single one of them. */
export function labStateDirectory(environment: Environment = process.env): string {
  return join(baseDirectory(environment['XDG_STATE_HOME'], join('.local', 'state')), 'comeback', 'lab');
}

/** The specification says that a relative path in these variables is to be ignored. */
function baseDirectory(value: string | undefined, fallback: string): string {
  return value !== undefined && isAbsolute(value) ? value : join(homedir(), fallback);
}
