import { describe, expect, it } from 'vitest';
import type { BoardMatrix, MatrixEntry } from './matrix.ts';
import type { PciAddress } from '../pci/address.ts';
import { begun, change, dead, gpu, judged, usb } from '../test/judged-journal.ts';
import { runIn } from '../test/matrix-story.ts';
import { matrixOf } from './matrix.ts';
import { entryWords, resetMethodWords, roleGrids } from './matrix-rows.ts';

const cell = (bios: string, kernel: string, commandLine = 'ro') => ({ bios, kernel, commandLine });
const lost = change(usb, dead);
const infra = { start: { ok: false, output: 'got timeout' } };

function only(runs: Parameters<typeof matrixOf>[0]): BoardMatrix {
  const [board, ...others] = matrixOf(runs).boards;
  if (board === undefined || others.length > 0) throw new Error('expected one board');
  return board;
}

function of(board: BoardMatrix, address: PciAddress): Partial<MatrixEntry>[] {
  return board.entries
    .filter((entry) => entry.address === address)
    .map(({ bios, kernel, trials, lost: losses, runs }) => ({ bios, kernel, trials, lost: losses, runs }));
}

describe('the matrix', () => {
  it('has versions by their numbers, and adds up the runs of a cell', () => {
    const board = only([
      runIn(cell('5007', '6.1.0-10'), [{}, {}], { run: 'c' }),
      runIn(cell('601', '6.1.0-9'), [{}], { run: 'a' }),
      runIn(cell('5007', '6.1.0-10'), [{}, lost], { run: 'd' }),
    ]);
    expect([board.bioses, board.kernels, board.commandLines]).toEqual([['601', '5007'], ['6.1.0-9', '6.1.0-10'], ['']]);
    expect(of(board, usb)).toEqual([
      { bios: '5007', kernel: '6.1.0-10', trials: 4, lost: 1, runs: ['c', 'd'] },
      { bios: '601', kernel: '6.1.0-9', trials: 1, lost: 0, runs: ['a'] },
    ]);
  });

  it('counts a loss that lasts once, and what the lab did or nobody saw not at all', () => {
    expect(of(only([runIn(cell('1', '2'), [{}, lost, lost, lost, infra])]), usb)).toMatchObject([
      { trials: 2, lost: 1 },
    ]);
    const blank = matrixOf([runIn(cell('1', '2'), [infra, infra])]);
    expect(blank.boards[0]?.entries).toEqual([]);
    expect(blank.boards.flatMap(roleGrids).map(({ rows }) => rows)).toEqual([[], [], []]);
  });

  it('tells command lines apart by the words that differ, and machines by board and host', () => {
    const boards = matrixOf([
      runIn(cell('1', '2', 'BOOT_IMAGE=/a ro pcie_acs_override=downstream'), [{}]),
      runIn(cell('1', '2', 'BOOT_IMAGE=/b ro'), [lost]),
      runIn(cell('1', '2'), [{}], { host: 'other' }),
      runIn(cell('1', '2'), [{}], { board: 'X570' }),
    ]).boards;
    expect(boards.map(({ board, host, commandLines }) => [board, host, commandLines])).toEqual([
      ['ROG CROSSHAIR VII HERO', 'elysium', ['', 'pcie_acs_override=downstream']],
      ['ROG CROSSHAIR VII HERO', 'other', ['']],
      ['X570', 'elysium', ['']],
    ]);
    const [grid] = boards
      .slice(0, 1)
      .flatMap(roleGrids)
      .filter(({ role }) => role === 'usb');
    expect(grid?.heads).toEqual(['BIOS', 'Command line', 'Function']);
    expect(grid?.rows.map(({ heads, cells }) => [...heads, ...cells.map(entryWords)])).toEqual([
      ['1', 'without these words', 'USB 2c:00.3 [1022:0000]', '1/1: 100 % (2.5 % to 100 %)'],
      ['1', 'without these words', 'USB 03:00.0 [1022:0000]', '0/1: below 95 %'],
      ['1', 'pcie_acs_override=downstream', 'USB 2c:00.3 [1022:0000]', '0/1: below 95 %'],
      ['1', 'pcie_acs_override=downstream', 'USB 03:00.0 [1022:0000]', '0/1: below 95 %'],
    ]);
  });

  it('leaves out what says nothing of a cell', () => {
    const { boards, leftOut } = matrixOf([
      runIn(undefined, [{}], { run: 'a' }),
      runIn(cell('1', '2'), [], { run: 'b' }),
    ]);
    expect(boards).toEqual([]);
    expect(leftOut.map(({ run }) => run)).toEqual(['a', 'b']);
  });

  it('says how each function is reset between guests, over all runs', () => {
    const journal = begun(1).append({ t: 'reset-source', source: 'kernel-events' }).cycle();
    const resets = [{ function: gpu, method: 'flr' as const, returned: 0 }];
    journal.append({ t: 'resets', cycle: 1, resets, ms: [20] }, { t: 'resets', ms: [] });
    journal.append({ t: 'resets', cycle: 1, resets: [{ function: usb, method: 'none', returned: -25 }], ms: [0] });
    const watched = { ...judged(journal.finish().events), cell: cell('1', '2') };
    const words = only([watched, { ...watched, start: { ...watched.start, run: 'again' } }]).functions.map(
      resetMethodWords,
    );
    expect(words.slice(0, 3)).toEqual([
      'the kernel offers nothing; seen: function level reset (FLR)',
      'the kernel offers nothing; no reset was seen',
      'the kernel offers pm; no reset was seen; no reset method of its own (ENOTTY)',
    ]);
    expect(only([runIn(cell('1', '2'), [{}])]).functions.map(resetMethodWords)[0]).toMatch(/do not tell/);
  });

  it('is blank where nothing was measured', () => {
    const grids = roleGrids(only([runIn(cell('1', '1'), [{}]), runIn(cell('2', '2'), [{}])]));
    expect(grids.map(({ role }) => role)).toEqual(['gpu', 'usb', 'audio']);
    expect(grids[0]?.rows.map(({ cells }) => cells.map((entry) => entry?.address))).toEqual([
      [gpu, undefined],
      [undefined, gpu],
    ]);
    expect(entryWords(undefined)).toBe('');
  });
});
