import type { InventoryProblem } from './problem.ts';

const keyMaterial: readonly RegExp[] = [
  // PEM, PKCS#8 and OpenSSH private keys; PuTTY's format.
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/,
  /PuTTY-User-Key-File-\d/,
  // The body of such a key without its header: base64 of 64 characters or more. A hash in hex and a path are none.
  /(?<![\w+/=~.:-])(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*[0-9])[A-Za-z0-9+][A-Za-z0-9+/]{63,}/,
];

const message =
  'looks like a private key, and the inventory never holds one: put it into a file and write key: {file: PATH}, ' +
  'or use {env: VARIABLE} or {agent: SSH_AUTH_SOCK}';

/** Finds private keys anywhere in the text of an inventory, comments included: one problem for each, and it is never quoted. */
export function findKeyMaterial(text: string): InventoryProblem[] {
  const problems: InventoryProblem[] = [];
  let insideKey = false;
  for (const [index, line] of text.split('\n').entries()) {
    const found = keyMaterial.map((pattern) => pattern.exec(line)).find((match) => match !== null);
    if (found && !insideKey) problems.push({ line: index + 1, column: found.index + 1, path: '', message });
    insideKey = found !== undefined;
  }
  return problems;
}
