/** Draws the strip: cycles from left to right, a row a function. Nothing here is from outside but names and counts. */
function drawStrip() {
  const block = document.getElementById('strip-data');
  if (block === null) return;
  /** @type {StripData} */
  const data = JSON.parse(block.textContent ?? '');
  const { cyclesPerColumn, cycles } = data;
  const rows = data.functions.map(({ name, cells }) => ({ name, cells: cellsOf(cells) }));
  const columns = Math.ceil(cycles / cyclesPerColumn);
  const worst = Array.from({ length: columns }, (_, column) =>
    worstOf(rows.map(({ cells }) => cells[column] ?? { s: 0, u: 0, d: 0, l: 0 })),
  );
  const isBad = (/** @type {number} */ column) => (worst[column] ?? 0) > 0;

  const canvas = element('strip-canvas', HTMLCanvasElement);
  const slider = element('strip-slider', HTMLDivElement);
  const told = element('strip-told', HTMLParagraphElement);
  const range = element('strip-range', HTMLSpanElement);
  const previous = element('strip-previous', HTMLButtonElement);
  const next = element('strip-next', HTMLButtonElement);
  let from = 0;
  let to = columns;
  let chosen = Math.max(
    0,
    worst.findIndex((verdict) => verdict > 0),
  );
  /** Where a drag began and is now, in columns. @type {{ begin: number, end: number } | undefined} */
  let drag;

  const firstCycle = (/** @type {number} */ column) => column * cyclesPerColumn + 1;
  const lastCycle = (/** @type {number} */ column) => Math.min(cycles, (column + 1) * cyclesPerColumn);
  const cycleWords = (/** @type {number} */ column) =>
    cyclesPerColumn === 1
      ? `Cycle ${grouped(firstCycle(column))}`
      : `Cycles ${grouped(firstCycle(column))} to ${grouped(lastCycle(column))}`;

  const draw = () => paintStrip(canvas, rows, data, { from, to, chosen, drag });

  function tell() {
    const words = `${cycleWords(chosen)}: ${verdictWords(rows, chosen, cyclesPerColumn === 1)}`;
    slider.setAttribute('aria-valuenow', String(firstCycle(chosen)));
    slider.setAttribute('aria-valuetext', words);
    told.textContent = `${words}. `;
    const story = storyOf(chosen);
    if (story !== undefined) {
      const link = document.createElement('a');
      link.href = `#${story.id}`;
      link.textContent = 'Its timeline';
      told.append(link);
    }
    range.textContent = `${grouped(firstCycle(Math.floor(from)))} to ${grouped(lastCycle(Math.ceil(to) - 1))} of ${grouped(cycles)}`;
    previous.disabled = badBefore() === -1;
    next.disabled = badAfter() === -1;
    draw();
  }

  /** The timeline of the first cycle of a column that has one on this page. @param {number} column */
  function storyOf(column) {
    for (let cycle = firstCycle(column); cycle <= lastCycle(column); cycle += 1) {
      const story = document.getElementById(`cycle-${cycle}`);
      if (story instanceof HTMLDetailsElement) return story;
    }
    return undefined;
  }

  function badBefore() {
    return chosen === 0 ? -1 : worst.findLastIndex((_, column) => column < chosen && isBad(column));
  }

  function badAfter() {
    return worst.findIndex((_, column) => column > chosen && isBad(column));
  }

  /** @param {number} column */
  function choose(column) {
    if (column < 0 || column > columns - 1) return;
    chosen = column;
    const span = to - from;
    if (chosen < from || chosen + 1 > to) show(chosen - span / 2, chosen + span / 2);
    else tell();
  }

  /** @param {number} newFrom @param {number} newTo */
  function show(newFrom, newTo) {
    const span = Math.min(columns, Math.max(Math.min(columns, 10), Math.round(newTo - newFrom)));
    from = Math.min(Math.max(0, Math.round(newFrom)), columns - span);
    to = from + span;
    tell();
  }

  /** @param {number} factor */
  function zoom(factor) {
    const span = (to - from) * factor;
    show(chosen + 0.5 - span / 2, chosen + 0.5 + span / 2);
  }

  function open() {
    const story = storyOf(chosen);
    if (story === undefined) return;
    story.open = true;
    story.scrollIntoView({ block: 'start' });
    story.querySelector('summary')?.focus();
  }

  const page = () => Math.max(1, Math.round((to - from) / 10));
  /** @type {Readonly<Record<string, () => void>>} */
  const keys = {
    ArrowLeft: () => choose(Math.max(0, chosen - 1)),
    ArrowDown: () => choose(Math.max(0, chosen - 1)),
    ArrowRight: () => choose(Math.min(columns - 1, chosen + 1)),
    ArrowUp: () => choose(Math.min(columns - 1, chosen + 1)),
    PageUp: () => choose(Math.min(columns - 1, chosen + page())),
    PageDown: () => choose(Math.max(0, chosen - page())),
    Home: () => choose(0),
    End: () => choose(columns - 1),
    n: () => choose(badAfter()),
    p: () => choose(badBefore()),
    '+': () => zoom(0.5),
    '=': () => zoom(0.5),
    '-': () => zoom(2),
    0: () => show(0, columns),
    Enter: open,
  };
  slider.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
  previous.addEventListener('click', () => choose(badBefore()));
  next.addEventListener('click', () => choose(badAfter()));
  element('strip-in', HTMLButtonElement).addEventListener('click', () => zoom(0.5));
  element('strip-out', HTMLButtonElement).addEventListener('click', () => zoom(2));
  element('strip-all', HTMLButtonElement).addEventListener('click', () => show(0, columns));

  const columnAt = (/** @type {PointerEvent} */ event) => from + (event.offsetX / canvas.clientWidth) * (to - from);
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    drag = { begin: columnAt(event), end: columnAt(event) };
  });
  canvas.addEventListener('pointermove', (event) => {
    if (drag === undefined) return;
    drag.end = columnAt(event);
    draw();
  });
  canvas.addEventListener('pointerup', (event) => {
    if (drag === undefined) return;
    const { begin } = drag;
    const end = columnAt(event);
    drag = undefined;
    const isClick = Math.abs(end - begin) < (5 / canvas.clientWidth) * (to - from);
    if (isClick) choose(Math.min(columns - 1, Math.max(0, Math.floor(begin))));
    else show(Math.min(begin, end), Math.max(begin, end));
  });
  canvas.addEventListener('pointercancel', () => {
    drag = undefined;
    draw();
  });
  new ResizeObserver(draw).observe(slider);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  tell();
}

/** A link to a timeline opens it. */
function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

addEventListener('hashchange', openTarget);
openTarget();
drawStrip();
