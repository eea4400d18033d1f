import type { RolePosterior } from '../../bisect/decision.ts';
import type { BisectSpace } from '../../bisect/space.ts';
import { escaped } from './html.ts';

const cellPx = { width: 56, height: 28 } as const;
const marginPx = { left: 150, top: 24, bottom: 130 } as const;
/** More columns than this are drawn narrower, so that the picture stays on a page. */
const mostColumns = 16;
const gridPx = mostColumns * cellPx.width;

/**
 * How likely each cell is bad, as one SVG a combination of flags: kernels from left to right, BIOS versions from top to bottom. The fuller the
 * colour the likelier; the number stands in it where there is room.
 */
export function posteriorPicture({ role, badProbability }: RolePosterior, space: BisectSpace): string {
  const combinations = Array.from({ length: 1 << space.flags.length }, (_none, flags) => flags);
  return combinations
    .map((flags) => {
      const cells = badProbability.filter(({ cell }) => cell.flags === flags);
      return `<figure><figcaption>${escaped(titleOf(role, space, flags))}</figcaption>${gridOf(cells, space)}</figure>`;
    })
    .join('\n');
}

function titleOf(role: string, { flags }: BisectSpace, bits: number): string {
  const words = flags.map(({ name }, index) => ((bits >> index) & 1 ? `with ${name}` : `without ${name}`));
  return [role, ...words].join(', ');
}

function gridOf(cells: RolePosterior['badProbability'], { kernels, biosVersions }: BisectSpace): string {
  const width = Math.min(cellPx.width, gridPx / kernels.length);
  const everyNth = Math.ceil(14 / width);
  const squares = cells.map(({ cell: { kernel, bios }, probability }) => {
    const x = marginPx.left + kernel * width;
    const y = marginPx.top + bios * cellPx.height;
    const words = `${kernels[kernel] ?? ''}, BIOS ${biosVersions[bios] ?? ''}: bad with ${(probability * 100).toFixed(1)} %`;
    const label =
      width < 40
        ? ''
        : `<text x="${px(x + width / 2)}" y="${px(y + 18)}" text-anchor="middle">${(probability * 100).toFixed(0)}</text>`;
    return (
      `<g><title>${escaped(words)}</title><rect class="cell" x="${px(x)}" y="${px(y)}" width="${px(Math.max(width - 1, 0.5))}" height="${cellPx.height - 1}"/>` +
      `<rect class="bad" fill-opacity="${probability.toFixed(3)}" x="${px(x)}" y="${px(y)}" width="${px(Math.max(width - 1, 0.5))}" height="${cellPx.height - 1}"/>${label}</g>`
    );
  });
  const rows = biosVersions.map(
    (version, bios) =>
      `<text x="${marginPx.left - 6}" y="${marginPx.top + bios * cellPx.height + 18}" text-anchor="end">${escaped(short(`BIOS ${version}`))}</text>`,
  );
  const bottom = marginPx.top + biosVersions.length * cellPx.height + 12;
  const columns = kernels.flatMap((kernel, index) => {
    const x = px(marginPx.left + (index + 0.5) * width);
    return index % everyNth === 0
      ? [`<text transform="translate(${x} ${bottom}) rotate(-45)" text-anchor="end">${escaped(short(kernel))}</text>`]
      : [];
  });
  const size = [marginPx.left + kernels.length * width + 10, bottom + marginPx.bottom].map(px);
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${size[0] ?? ''}" viewBox="0 0 ${size.join(' ')}">${[...squares, ...rows, ...columns].join('\n')}</svg>`;
}

function px(length: number): string {
  return String(Math.round(length * 100) / 100);
}

function short(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}
