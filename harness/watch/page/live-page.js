// The live page's own script. The server sends words; they are only ever set as text, never as markup.
/** @param {string} id */
const byId = (id) => {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
};
/** @param {string} id @param {string} text */
const setText = (id, text) => {
  const element = byId(id);
  // A screen reader reads out what is set, though it is the same.
  if (element.textContent !== text) element.textContent = text;
};
/** @param {string} name @param {string} text @param {string} [className] */
const element = (name, text, className) => {
  const made = document.createElement(name);
  made.textContent = text;
  if (className !== undefined && className !== 'plain') made.className = className;
  return made;
};
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });

/** @param {string} id @param {readonly { atMs: number, what: string, text: string }[]} entries */
const showEntries = (id, entries) => {
  const items = entries.map(({ atMs, what, text }) => {
    const item = document.createElement('li');
    item.append(element('time', clock.format(atMs)), ' ', element('strong', what), ` ${text}`);
    return item;
  });
  showList(id, items);
};
/** @param {string} id @param {readonly HTMLElement[]} items */
const showList = (id, items) => {
  const list = byId(id);
  list.replaceChildren(...items);
  const section = list.closest('section');
  if (section !== null) section.hidden = items.length === 0;
};

/** @param {import('./page-model.ts').PageModel['functions'][number]} one */
const functionRow = (one) => {
  const row = document.createElement('tr');
  const name = element('th', one.name);
  name.setAttribute('scope', 'row');
  const strip = element('td', '', 'strip');
  strip.append(...one.recent.map(({ letters, tone }) => element('span', letters, tone)));
  row.append(
    name,
    element('td', one.last, one.tone),
    ...one.counts.map(({ value, tone }) => element('td', String(value), `number ${tone}`)),
    element('td', one.rate, 'number'),
    strip,
    element('td', one.health),
  );
  return row;
};

/** @type {{ sinceMs: number, isRunning: boolean }} */
let phase = { sinceMs: 0, isRunning: false };
/** The server's clock less ours. */
let aheadMs = 0;
const showTimer = () => {
  const seconds = Math.max(0, Math.floor((Date.now() + aheadMs - phase.sinceMs) / 1000));
  const minutes = Math.floor(seconds / 60);
  setText('timer', phase.isRunning ? (minutes === 0 ? `${seconds} s` : `${minutes} min ${seconds % 60} s`) : '');
};

/** @param {import('./page-model.ts').PageModel} model */
const show = (model) => {
  aheadMs = model.nowMs - Date.now();
  document.title = `${model.standing.words}, ${model.cycle}: ${model.run}`;
  for (const id of /** @type {const} */ (['run', 'where', 'plan', 'cycle', 'pace', 'announcement']))
    setText(id, model[id]);
  setText('standing', model.standing.words);
  byId('standing').className = model.standing.tone;
  setText('notice', model.notice);
  byId('notice').hidden = model.notice === '';
  phase = model.phase;
  setText('phase', model.phase.isRunning ? model.phase.words : '');
  showTimer();
  const done = byId('done');
  done.hidden = model.done === null;
  if (model.done !== null) done.setAttribute('value', String(model.done));
  byId('counts').replaceChildren(
    ...model.counts.map(({ name, value, tone }) => {
      const pair = document.createElement('div');
      pair.append(element('dt', name), element('dd', String(value), tone));
      return pair;
    }),
  );
  byId('functions').replaceChildren(...model.functions.map(functionRow));
  showEntries('failures', model.failures);
  showEntries('kernel', model.kernel);
  setText('claim-title', model.claim.title);
  showList(
    'claim',
    model.claim.sentences.map((words) => element('li', words)),
  );
};

const events = new EventSource(`events${location.search}`);
events.addEventListener('state', ({ data }) => {
  show(JSON.parse(data));
  setText('link', '');
});
events.addEventListener('error', () =>
  setText('link', 'The connection to comeback watch is lost; what is shown may be old. Trying again…'),
);
setInterval(showTimer, 1000);
