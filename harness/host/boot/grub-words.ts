/**
 * The words of one line of a GRUB script, each as it stands there. Quotes as in a shell: '…' is literal, in "…" a backslash keeps
 * `$`, `"` and `\`, outside it keeps any character (GRUB manual, 16.1.1). Variables are left as they are.
 */
export function grubWords(line: string): string[] {
  return line.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g) ?? [];
}

/** A word without its quotes. */
export function unquotedGrubWord(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
    (_all, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\([$"\\])/g, '$1') ?? escaped ?? '',
  );
}

/** A word that GRUB reads as exactly these characters. */
export function quotedGrubWord(text: string): string {
  return /^[\w@%+:,./=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
