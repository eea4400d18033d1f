import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { change, dead, healthy, usb } from '../test/judged-journal.ts';
import { runIn } from '../test/matrix-story.ts';
import { type Matrix, matrixOf } from './matrix.ts';
import { matrixCsv } from './matrix-csv.ts';
import { matrixHtml } from './matrix-html.ts';
import { matrixMarkdown } from './matrix-markdown.ts';

const lost = change(usb, dead);
const narrow = change(usb, { ...healthy(), linkWidth: 4 });
const matrix = matrixOf([
  runIn({ bios: '2304', kernel: '6.1.0-56-amd64', commandLine: 'ro' }, [{}, {}, lost], { run: 'one' }),
  runIn({ bios: '5007', kernel: '6.8.12-4-pve', commandLine: 'ro' }, [{}, narrow], { run: 'two' }),
]);

const evil = '=1|2 <img src=x onerror=alert(1)>"\'`[a](b)\n# @all \u001b[2J\u202e\u0000,';
const hostile = matrixOf([
  runIn({ bios: evil, kernel: evil, commandLine: evil }, [{}], { run: evil, host: evil, board: evil }),
  runIn({ bios: '1', kernel: '1', commandLine: 'ro' }, [], { run: evil }),
  runIn({ bios: '1', kernel: '1', commandLine: '-x' }, [lost], { run: evil, host: evil, board: evil }),
]);

/** Characters that move a cursor, end a string or turn the direction of writing. */
function harmfulIn(text: string): string[] {
  return Array.from(text).filter((character) => (character < ' ' && character !== '\n') || character === '\u202e');
}

/** Text of the elements of a name; what is no well-formed page throws. */
function elements(html: string, name: string): { readonly text: string; readonly scope: string | null }[] {
  const page = new DOMParser({
    onError: (level, message) => {
      throw new Error(`${level}: ${message}`);
    },
  }).parseFromString(html, 'application/xhtml+xml');
  return [...page.getElementsByTagName(name)].map((element) => ({
    text: element.textContent ?? '',
    scope: element.getAttribute('scope'),
  }));
}

describe('as Markdown', () => {
  it('it has board, ids and resets in its head, and a table for each role', () => {
    const text = matrixMarkdown(matrix);
    expect(text).toContain('## ROG CROSSHAIR VII HERO (host elysium)\n');
    expect(text).toMatch(/^- USB 2c:00\.3 \\\[1022:0000\\\]: /m);
    expect(text).toMatch(/^### USB\n\n\| BIOS +\| Function +\| Linux 6\.1\.0-56-amd64 +\| Linux 6\.8\.12-4-pve +\|\n/m);
    expect(text).toMatch(/^\| 2304 \| USB 2c:00\.3 .* \| 1\/3: 33\.3 % \(\d.* % to \d.* %\) +\| +\|$/m);
    expect(text).toMatch(/^\| 5007 \| USB 2c:00\.3 .* \| +\| 0\/2: below \d.* %; 1 degraded +\|$/m);
    expect(text).toContain('From 2 runs: one, two');
  });

  it('it takes nothing that a host says for its own', () => {
    const text = matrixMarkdown(hostile);
    expect(text).not.toMatch(/(?<!\\)<img|@all|(?<!\\)\[a|^# .*all/m);
    expect(harmfulIn(text)).toEqual([]);
    const widths = new Set(
      text.split('\n').flatMap((line) => (line.startsWith('|') ? [line.match(/(?<!\\)\|/g)?.length] : [])),
    );
    expect(widths).toEqual(new Set([6]));
  });
});

describe('as a page', () => {
  it('its tables say what their heads are of', () => {
    const html = matrixHtml(matrix);
    const heads = elements(html, 'th');
    expect(
      heads
        .filter(({ scope }) => scope === 'col')
        .map(({ text }) => text)
        .slice(0, 4),
    ).toEqual([...['BIOS', 'Function', 'Linux 6.1.0-56-amd64', 'Linux 6.8.12-4-pve']]);
    expect(heads.every(({ scope }) => scope === 'col' || scope === 'row')).toBe(true);
    expect(elements(html, 'caption').map(({ text }) => text)).toEqual(['GPU', 'USB', 'Audio']);
    expect(elements(html, 'td').map(({ text }) => text)).toEqual(
      expect.arrayContaining(['', expect.stringMatching(/^1\/3: 33\.3 %/)]),
    );
    expect(html).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[^']{44}'/);
    expect(html).not.toMatch(/<script|https?:|style="|url\(/);
  });

  it('it has no element that a host told', () => {
    const html = matrixHtml(hostile);
    expect(elements(html, 'img')).toEqual([]);
    expect(elements(html, 'h2').map(({ text }) => text)[0]).toContain('<img src=x onerror=alert(1)>');
    expect(harmfulIn(html)).toEqual([]);
  });
});

describe('as CSV', () => {
  /** Lines of fields; a field in quotes may hold anything. */
  const parsed = (csv: string): string[][] =>
    csv
      .split('\r\n')
      .slice(0, -1)
      .map((line) =>
        [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
          ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
        ),
      );
  const field = (of: Matrix, name: string): (string | undefined)[] => {
    const [head = [], ...lines] = parsed(matrixCsv(of));
    return lines.map((line) => line[head.indexOf(name)]);
  };

  it('it has a line for each function in each cell, empty where nothing was measured', () => {
    expect(field(matrix, 'trials').length).toBe(5 * 2 * 2);
    const usbLines = parsed(matrixCsv(matrix)).filter(([, , , address]) => address === usb);
    expect(usbLines.map((line) => line.slice(6, 12))).toEqual([
      ['2304', '6.1.0-56-amd64', '', '1', '3', '0'],
      ['2304', '6.8.12-4-pve', '', '', '', ''],
      ['5007', '6.1.0-56-amd64', '', '', '', ''],
      ['5007', '6.8.12-4-pve', '', '0', '2', '1'],
    ]);
    expect(new Set(parsed(matrixCsv(matrix)).map((line) => line.length))).toEqual(new Set([17]));
  });

  it('no field of it is a formula', () => {
    expect(field(hostile, 'bios')).toContain(`'=1|2 <img src=x onerror=alert(1)>"'\`[a](b) # @all ,`);
    expect(field(hostile, 'command_line')).toContain("'-x");
    for (const line of parsed(matrixCsv(hostile))) for (const text of line) expect(text).not.toMatch(/^[=+@\t\r-]/);
  });
});
