/**
 * Whether a pattern matches the whole text, as glob_match() of lib/glob.c has it: `*`, `?`, `[a-z]`, `[!a-z]` and a backslash; nothing is
 * special about a slash or a leading dot. A `[` without its end is itself.
 */
export function kernelGlobMatches(pattern: string, text: string): boolean {
  return new RegExp(`^${expressionOf(pattern)}$`, 's').test(text);
}

function expressionOf(pattern: string): string {
  let expression = '';
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at);
    const inBrackets = char === '[' ? /^\[(!?)(.[^\]]*)\]/s.exec(pattern.slice(at)) : null;
    if (inBrackets !== null) {
      const [whole, not = '', members = ''] = inBrackets;
      expression += `[${not === '' ? '' : '^'}${members.replaceAll(/[\\\]^[]/g, String.raw`\$&`)}]`;
      at += whole.length - 1;
    } else if (char === '*') expression += '.*';
    else if (char === '?') expression += '.';
    else if (char === '\\' && at + 1 < pattern.length) expression += quoted(pattern.charAt(++at));
    else expression += quoted(char);
  }
  return expression;
}

function quoted(char: string): string {
  return char.replace(/[$()*+.?[\\\]^{|}/-]/, String.raw`\$&`);
}
