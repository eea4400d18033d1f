const entities: Readonly<Record<string, string>> = { gt: '>', lt: '<', amp: '&', quot: '"', '#39': "'" };
/** CSI sequences of terminals. */
// eslint-disable-next-line no-control-regex -- terminal escapes are control characters
const colours = /\x1b\[[0-9;?]*[A-Za-z]/g;

/** A line without what mail, forums and terminals put into it: quote marks, carriage returns, colours, HTML entities. */
export function cleanLine(line: string): string {
  let text = line.endsWith('\r') ? line.slice(0, -1) : line;
  if (text.includes('\x1b')) text = text.replace(colours, '');
  if (text.includes('\0')) text = text.replaceAll('\0', '');
  if (text.includes('&')) text = text.replace(/&(gt|lt|amp|quot|#39);/g, (_, name: string) => entities[name] ?? '');
  const first = text.charCodeAt(0);
  // '>' and '|' quote; ' ' may stand before them.
  if (first === 0x3e || first === 0x7c || first === 0x20) text = text.replace(/^(?: ?[>|])+ ?/, '');
  // A line of code within a sentence.
  if (text.startsWith('`')) text = text.replaceAll(/^`+|`+$/g, '');
  return text;
}
