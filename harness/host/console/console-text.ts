/* eslint-disable no-control-regex -- control characters are what this file is about */

/** Sequences of ECMA-48 (ANSI) that place the cursor or clear the screen: on paper, a new line begins there. */
const moves = /\u001b\[[0-?]*[ -/]*[HfJEF]/g;
/** All others: CSI, strings such as a window's title (OSC, DCS, SOS, PM, APC), and short ones. */
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]{0,500}(?:\u0007|\u001b\\)|[ -/]*[0-Z\\^-~])/g;
/** A sequence that the next bytes may complete. */
const unfinished = /\u001b(?:\[[0-?]{0,60}[ -/]{0,4}|[\]PX^_][^\u0007\u001b]{0,500}\u001b?|[ -/]{0,4})$/;
/** What could forge or hide text where somebody looks at the record: control characters, and those that turn text around. */
const harmful = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/**
 * Turns the bytes of a console into lines that are safe to show and to keep: escape sequences are taken out, other control
 * characters are spelled out, bytes that are no UTF-8 become U+FFFD, and no line is longer than the limit.
 */
export class ConsoleText {
  readonly #maxLineChars: number;
  #decoder = new TextDecoder('utf-8');
  #carry = '';
  #line = '';

  constructor(maxLineChars: number) {
    this.#maxLineChars = maxLineChars;
  }

  /** The line that has begun and not ended, as a prompt does that waits for an answer. */
  get unfinishedLine(): string {
    return cleaned(this.#line);
  }

  /** @returns the lines that these bytes complete. */
  push(bytes: Buffer): string[] {
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Ends the line that has begun: the connection is gone, and what comes next is something else. */
  flush(): string[] {
    const lines = this.#take(`${this.#decoder.decode()}\n`);
    this.#decoder = new TextDecoder('utf-8');
    this.#carry = '';
    return lines.filter((line) => line !== '');
  }

  #take(decoded: string): string[] {
    const raw = this.#carry + decoded;
    const begun = unfinished.exec(raw)?.[0] ?? '';
    const clear = raw
      .slice(0, raw.length - begun.length)
      .replace(moves, '\f')
      .replace(sequences, '');
    // A carriage return may be half of a line break.
    const text = clear.replace(/\r+$/, '');
    this.#carry = `${clear.endsWith('\r') ? '\r' : ''}${begun}`;
    const lines: string[] = [];
    let start = 0;
    for (const { 0: lineBreak, index } of text.matchAll(/\r*\n|\r+|\f/g)) {
      this.#line += text.slice(start, index);
      start = index + lineBreak.length;
      this.#cut(lines);
      // A lone carriage return or a cursor that jumps ends a line only where there is one.
      if (this.#line !== '' || lineBreak.endsWith('\n')) lines.push(cleaned(this.#line));
      this.#line = '';
    }
    this.#line += text.slice(start);
    this.#cut(lines);
    return lines;
  }

  #cut(lines: string[]): void {
    while (this.#line.length > this.#maxLineChars) {
      lines.push(cleaned(this.#line.slice(0, this.#maxLineChars)));
      this.#line = this.#line.slice(this.#maxLineChars);
    }
  }
}

function cleaned(line: string): string {
  return line.replace(/\u0000+/g, '\u0000').replace(harmful, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}
