/**
 * Splits a POSIX-quoted command line into its words (Shell Command Language 2.2 and 2.6.5).
 *
 * @returns null where the line needs a real shell: operators, expansions, globs, comments, assignments or an open quote
 */
export function simpleCommandWords(line: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end === -1) return null;
      word = (word ?? '') + line.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const end = line.indexOf('"', at + 1);
      const inside = line.slice(at + 1, end);
      if (end === -1 || /[$`\\]/.test(inside)) return null;
      word = (word ?? '') + inside;
      at = end;
    } else if (char === '\\' && at + 1 < line.length && line.charAt(at + 1) !== '\n') {
      word = (word ?? '') + line.charAt(++at);
    } else if (/[\w@%+=:,./-]/.test(char)) {
      if (char === '=' && words.length === 0) return null;
      word = (word ?? '') + char;
    } else {
      return null;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
