import { StringDecoder } from 'node:string_decoder';

/** What a line may hold at most: a command line of QEMU has room, and a file without line ends is no log. */
const longestLine = 16 * 1024;

/**
 * Calls for every line of a stream of bytes, without its end. Bytes that are no text become replacement characters; UTF-16, as Windows
 * writes it, is known by its byte order mark. What a line holds beyond 16 Ki characters is left out, so memory stays flat.
 *
 * @returns the number of bytes that were read.
 */
export async function readLines(bytes: AsyncIterable<Buffer>, onLine: (line: string) => void): Promise<number> {
  let decoder: StringDecoder | undefined;
  let rest = '';
  let cut = false;
  let count = 0;
  const take = (text: string): void => {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      const piece = text.slice(from, end);
      onLine(cut ? rest : rest + piece);
      [rest, cut, from] = ['', false, end + 1];
    }
    if (cut) return;
    rest += text.slice(from);
    if (rest.length <= longestLine) return;
    [rest, cut] = [rest.slice(0, longestLine), true];
  };
  for await (const chunk of bytes) {
    count += chunk.length;
    decoder ??= new StringDecoder(chunk[0] === 0xff && chunk[1] === 0xfe ? 'utf16le' : 'utf8');
    take(decoder.write(chunk));
  }
  take(decoder?.end() ?? '');
  if (rest !== '') onLine(rest);
  return count;
}
