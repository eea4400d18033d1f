/** What the strip of a run's page is made of. The scripts of a page are one script in it, in the order of their names in run-page.ts. */
'use strict';

/** @typedef {{ s: number, u: number, d: number, l: number }} Cell how many cycles of a column came to which verdict */
/** @typedef {{ cycles: number, cyclesPerColumn: number, functions: readonly { name: string, cells: string }[] }} StripData */

const rowHeight = 28;
const barHeight = 20;
const axisHeight = 18;
/** The mildest first. Each is told by its height alone as well. @type {readonly (readonly [letter: keyof Cell, name: string, top: number, height: number])[]} */
const verdicts = [
  ['s', 'survived', 13, 7],
  ['u', 'unobserved', 9, 2],
  ['d', 'degraded', 7, 13],
  ['l', 'lost', 0, 20],
];

/** @param {string} text @returns {Cell[]} */
function cellsOf(text) {
  return text.split(' ').flatMap((word) => {
    const [, repeats = '1', counts = ''] = /^(?:(\d+):)?(.*)$/.exec(word) ?? [];
    const cell = { s: 0, u: 0, d: 0, l: 0 };
    for (const [, letter, count] of counts.matchAll(/([sudl])(\d+)/g)) {
      cell[/** @type {keyof Cell} */ (letter)] = Number(count);
    }
    return Array.from({ length: Number(repeats) }, () => cell);
  });
}

/** @param {readonly Cell[]} cells @returns {number} index of the worst verdict; -1 where there is none */
function worstOf(cells) {
  return verdicts.findLastIndex(([letter]) => cells.some((cell) => cell[letter] > 0));
}

/**
 * What a column says of each function, those together that fared alike.
 *
 * @param {readonly { name: string, cells: readonly Cell[] }[]} rows
 * @param {number} column
 * @param {boolean} isOneCycle
 */
function verdictWords(rows, column, isOneCycle) {
  /** @type {Map<string, string[]>} */
  const alike = new Map();
  for (const { name, cells } of rows) {
    const cell = cells[column];
    const parts = cell === undefined ? [] : verdicts.filter(([letter]) => cell[letter] > 0).reverse();
    const words = parts.map(([letter, verdict]) => (isOneCycle ? verdict : `${verdict} ${cell?.[letter] ?? 0}`));
    const key = words.join(', ') || 'not judged';
    alike.set(key, [...(alike.get(key) ?? []), name]);
  }
  if (alike.size === 1) return `every function ${[...alike.keys()].join('')}`;
  return [...alike].map(([words, names]) => `${names.join(', ')} ${words}`).join('; ');
}

/** `10 000`. @param {number} number */
function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** @template {HTMLElement} E @param {string} id @param {new () => E} type @returns {E} */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${id}`);
  return found;
}
