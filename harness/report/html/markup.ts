import { stripVTControlCharacters } from 'node:util';
import { withEntities } from '../markup-entities.ts';

/** Markup that is safe to put into a page. Only {@link html} and {@link trustedMarkup} make it, so nothing from outside gets in unescaped. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

type Part = Markup | string | number | undefined | readonly Part[];

/** A template whose parts are escaped, but for those that are markup already. An array is its elements; undefined is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const fixed = withoutIndents(strings);
  return new Markup(fixed.map((text, index) => `${text}${written(parts[index])}`).join(''));
}

/** Indents are for whoever reads the code; a page with thousands of lines can do without them. */
const fixedTexts = new WeakMap<TemplateStringsArray, readonly string[]>();

function withoutIndents(strings: TemplateStringsArray): readonly string[] {
  const known = fixedTexts.get(strings);
  if (known !== undefined) return known;
  const fixed = strings.map((text) => text.replaceAll(/\n\s+/g, '\n'));
  fixedTexts.set(strings, fixed);
  return fixed;
}

/** For what a library made: a chart. */
export function trustedMarkup(text: string): Markup {
  return new Markup(text);
}

/** A style sheet of the project's own, byte for byte: its hash is in the page's policy. */
export function styleBlock(css: string): Markup {
  return new Markup(`<style>${css}</style>`);
}

/** A script of the project's own, byte for byte. */
export function scriptBlock(script: string): Markup {
  return new Markup(`<script>${script}</script>`);
}

/** Data for a script of the page, in a block that is not run; no `<` in it can end the block. */
export function jsonBlock(id: string, data: unknown): Markup {
  const text = JSON.stringify(data).replaceAll('<', String.raw`\u003c`);
  return new Markup(`<script type="application/json" id="${id}">${text}</script>`);
}

function written(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'string') return escaped(shortened(part));
  if (typeof part === 'number') return String(part);
  return part.map(written).join('');
}

/** More of one text makes a page slow, and nobody wiser. */
const mostCharacters = 3000;

function shortened(text: string): string {
  if (text.length <= mostCharacters) return text;
  return `${text.slice(0, mostCharacters)} … (${text.length} characters, all of them in the journal)`;
}

/**
 * Text from outside as text of a page. Beside what means something in HTML, what a person could not see or would be deceived by does not get
 * in as it is: colours of a terminal are left out, other control characters are shown as signs, and what turns the direction of
 * writing, or is half a character, as U+FFFD.
 */
function escaped(text: string): string {
  return withEntities(stripVTControlCharacters(text))
    .replaceAll(/[^\P{Cc}\n\t]/gu, controlPicture)
    .replaceAll(/\p{Cs}|\p{Bidi_Control}/gu, '\ufffd');
}

/** U+2400 and those that follow picture the control characters of ASCII; the others have no picture. */
function controlPicture(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return '\u2421';
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '\ufffd';
}
