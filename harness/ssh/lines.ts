const newline = 0x0a;

/**
 * Cuts a byte stream into lines. A line is decoded only once it is whole, so a character that two chunks share stays
 * whole as well; bytes that are no UTF-8 become U+FFFD.
 */
export class LineSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  readonly #maxLineBytes: number;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** @returns the lines that this chunk completes, or `too-long` where a line passes the limit: then nothing that follows is to be trusted. */
  push(chunk: Buffer): string[] | 'too-long' {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      if (this.#pendingBytes + end - start > this.#maxLineBytes) return 'too-long';
      lines.push(Buffer.concat([...this.#pending, chunk.subarray(start, end)]).toString('utf8'));
      this.#pending = [];
      this.#pendingBytes = 0;
      start = end + 1;
    }
    if (start < chunk.length) {
      this.#pending.push(chunk.subarray(start));
      this.#pendingBytes += chunk.length - start;
    }
    return this.#pendingBytes > this.#maxLineBytes ? 'too-long' : lines;
  }
}
