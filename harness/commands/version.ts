import { readFileSync } from 'node:fs';

/** Version of this comeback, as it stands in every journal. */
export const comebackVersion = versionIn(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

function versionIn(packageJson: string): string {
  const parsed: unknown = JSON.parse(packageJson);
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
  throw new Error('package.json has no version');
}
