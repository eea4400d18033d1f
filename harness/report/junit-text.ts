import { stripVTControlCharacters } from 'node:util';

/** Most UTF-8 bytes of one attribute: a message is read in a table, and what it leaves out stands in the body. */
const attributeBytes = 500;
/** Most characters of what a host said within a body; a kernel line or the words of a VM manager can be a megabyte. */
const clipLength = 1000;
/** Most UTF-8 bytes of a body or an output. With 200 cycles told, a file of five megabytes is out of reach whatever a host says. */
const blockBytes = 8000;

const cutMark = '… (cut; the journal has all of it)';

/**
 * Characters that XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets), a lone surrogate among them; and DEL with the C1
 * controls, which XML can write and a terminal obeys.
 */
const notText = /[^\t\n\u{20}-\u{7e}\u{a0}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;

/** Cleaning costs time: what can never be among the bytes that are kept is dropped before. */
const rawPerByte = 8;

/**
 * The beginning of what a host said, for a text that is put together of several: else one megabyte would hide all that comes after it.
 */
export function clip(raw: string): string {
  return raw.length <= clipLength ? raw : `${raw.slice(0, clipLength)}${cutMark}`;
}

/**
 * Text for a CDATA section. The builder splits one end mark in it, and breaks at the second (xmlbuilder 15.1.1, XMLStringifier.js).
 * What is too long ends with a word that says so.
 */
export function block(raw: string): string {
  const text = cleaned(raw, blockBytes).replaceAll(']]>', ']] >');
  return cut(text, blockBytes + cutMark.length * 2);
}

/** Text for an attribute, in which parsers turn line ends into spaces anyway. */
export function line(raw: string): string {
  return cleaned(raw, attributeBytes).replaceAll(/\s+/g, ' ').trim();
}

/** Log text as XML can hold it: no colours, no control characters. */
function cleaned(raw: string, mostBytes: number): string {
  const head = raw.slice(0, rawPerByte * mostBytes);
  return cut(
    stripVTControlCharacters(head).replaceAll(/\r\n?/g, '\n').replaceAll(notText, ''),
    mostBytes,
    head.length < raw.length,
  );
}

function cut(whole: string, mostBytes: number, isCutAlready = false): string {
  if (Buffer.byteLength(whole) <= mostBytes) return isCutAlready ? `${whole}${cutMark}` : whole;
  // A character that is cut in two decodes to U+FFFD.
  const kept = Buffer.from(whole)
    .subarray(0, mostBytes)
    .toString()
    .replace(/\u{fffd}+$/u, '');
  return `${kept}${cutMark}`;
}
