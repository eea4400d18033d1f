/** @typedef {{ from: number, to: number, chosen: number, drag: { begin: number, end: number } | undefined }} StripView in columns */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {readonly { cells: readonly Cell[] }[]} rows
 * @param {Pick<StripData, 'cycles' | 'cyclesPerColumn'>} data
 * @param {StripView} view
 */
function paintStrip(canvas, rows, data, view) {
  const width = canvas.clientWidth;
  const height = rows.length * rowHeight + axisHeight;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  if (context === null || width === 0) return;
  const theme = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => theme.getPropertyValue(`--${name}`).trim();
  rows.forEach(({ cells }, index) => {
    const top = index * rowHeight + (rowHeight - barHeight) / 2;
    // The worse is drawn over the milder.
    const pieces = piecesOf(cells, view, canvas.width, ratio).sort((one, other) => one.worst - other.worst);
    for (const { worst, left, right } of pieces) {
      const shown = verdicts[worst];
      if (shown === undefined) continue;
      const [, name, y, barOf] = shown;
      const least = worst === 0 ? 1 : Math.round(2 * ratio);
      context.fillStyle = colour(name);
      context.fillRect(left, Math.round((top + y) * ratio), Math.max(least, right - left), Math.round(barOf * ratio));
    }
  });
  context.scale(ratio, ratio);
  const scale = width / (view.to - view.from);
  paintAxis(context, rows.length * rowHeight, colour('soft'), scale, width, data, view);
  paintMarks(context, rows.length * rowHeight, colour, scale, view);
}

/**
 * Stretches of one verdict in pixels of the device, so that no seam between cells is a shade of its own. Where several columns share a pixel, it
 * is that of the worst.
 *
 * @param {readonly Cell[]} cells
 * @param {StripView} view
 * @param {number} pixels
 * @param {number} ratio
 */
function piecesOf(cells, { from, to }, pixels, ratio) {
  /** @type {{ worst: number, left: number, right: number }[]} */
  const pieces = [];
  const perPixel = (to - from) / pixels;
  const add = (/** @type {number} */ worst, /** @type {number} */ left, /** @type {number} */ right) => {
    const last = pieces.at(-1);
    if (last?.worst === worst && last.right === left) last.right = right;
    else if (worst >= 0) pieces.push({ worst, left, right });
  };
  if (perPixel > 0.5) {
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const begin = Math.floor(from + pixel * perPixel);
      const end = Math.max(begin + 1, Math.floor(from + (pixel + 1) * perPixel));
      add(worstOf(cells.slice(begin, end)), pixel, pixel + 1);
    }
    return pieces;
  }
  const gap = perPixel * ratio < 1 / 6 ? Math.round(ratio) : 0;
  for (let column = from; column < to; column += 1) {
    const edge = (/** @type {number} */ of) => Math.round((of - from) / perPixel);
    add(worstOf(cells.slice(column, column + 1)), edge(column), edge(column + 1) - gap);
  }
  return pieces;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} top
 * @param {string} colour
 * @param {number} scale
 * @param {number} width
 * @param {Pick<StripData, 'cycles' | 'cyclesPerColumn'>} data
 * @param {StripView} view
 */
function paintAxis(context, top, colour, scale, width, { cycles, cyclesPerColumn }, { from, to }) {
  const wanted = ((to - from) * cyclesPerColumn) / Math.max(2, width / 110);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, wanted)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= wanted) ?? power;
  context.font = '11px system-ui, sans-serif';
  context.fillStyle = colour;
  for (let cycle = Math.ceil((from * cyclesPerColumn + 1) / step) * step; cycle <= cycles; cycle += step) {
    const centre = ((cycle - 0.5) / cyclesPerColumn - from) * scale;
    const text = grouped(cycle);
    const half = context.measureText(text).width / 2;
    if (centre - half < 0 || centre + half > width) continue;
    context.fillRect(centre, top, 1, 4);
    context.fillText(text, centre - half, top + 15);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} height
 * @param {(name: string) => string} colour
 * @param {number} scale
 * @param {StripView} view
 */
function paintMarks(context, height, colour, scale, { from, chosen, drag }) {
  if (drag !== undefined) {
    const left = Math.min(drag.begin, drag.end);
    context.globalAlpha = 0.25;
    context.fillStyle = colour('link');
    context.fillRect((left - from) * scale, 0, Math.abs(drag.end - drag.begin) * scale, height);
    context.globalAlpha = 1;
  }
  context.strokeStyle = colour('ink');
  context.lineWidth = 1.5;
  context.strokeRect((chosen - from) * scale - 1, 1, Math.max(4, scale + 1), height - 2);
}
