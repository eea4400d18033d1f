import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const signature = '# GRUB Environment Block\n';
const size = 1024;

/** The variables of grubenv; none where the file is not there. */
export function environmentOf(folder: string): ReadonlyMap<string, string> {
  const path = join(folder, 'grubenv');
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, 'latin1').slice(signature.length).split('\n');
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

export function setEnvironment(folder: string, name: string, value: string): void {
  const variables = new Map([...environmentOf(folder), [name, value]]);
  const text = signature + [...variables].map(([key, text]) => `${key}=${text}\n`).join('');
  writeFileSync(join(folder, 'grubenv'), text.padEnd(size, '#'));
}
