import { functionName } from '../../../judge/function-name.ts';
import type { RunJudgement } from '../../../judge/run-judgement.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { count, cycleCount } from '../headline.ts';
import { html, jsonBlock, type Markup } from '../markup.ts';

const legend = [
  ['survived', 'survived'],
  ['unobserved', 'unobserved: nobody could see'],
  ['degraded', 'degraded: alive, not as it was'],
  ['lost', 'lost: did not come back'],
] as const;

/** Every cycle of every function, as a strip that a script of the page draws; what it shows is told in words as well. */
export function stripSection({ functions }: RunJudgement, { strip }: PageModel): Markup {
  if (strip.cycles === 0 || functions.size === 0) return html``;
  const names = [...functions].map(([address, { role }]) => functionName(role, address));
  const data = {
    cycles: strip.cycles,
    cyclesPerColumn: strip.cyclesPerColumn,
    functions: names.map((name, index) => ({ name, cells: strip.rows[index] ?? '' })),
  };
  const grain =
    strip.cyclesPerColumn === 1
      ? ''
      : ` Each column is ${strip.cyclesPerColumn} cycles, and shows the worst verdict among them.`;
  return html`<section aria-labelledby="strip">
    <h2 id="strip">Cycle by cycle</h2>
    <p class="lead">
      ${cycleCount(strip.cycles)}, from left to right; the taller, the worse.${grain} Where several share a pixel, the
      worst is drawn.
    </p>
    <div class="strip" id="strip-view">
      <div class="strip-tools" role="group" aria-label="The strip">
        <button type="button" id="strip-previous" title="p">‹ previous bad</button>
        <button type="button" id="strip-next" title="n">next bad ›</button>
        <span class="gap"></span>
        <button type="button" id="strip-in" title="+" aria-label="zoom in">+</button>
        <button type="button" id="strip-out" title="-" aria-label="zoom out">−</button>
        <button type="button" id="strip-all" title="0">all</button>
        <span id="strip-range" class="range"></span>
      </div>
      <div class="strip-rows">
        <ol class="strip-names" aria-hidden="true">
          ${names.map((name) => html`<li>${name}</li>`)}
        </ol>
        <div
          id="strip-slider"
          class="strip-slider"
          role="slider"
          tabindex="0"
          aria-label="Cycle"
          aria-orientation="horizontal"
          aria-valuemin="1"
          aria-valuemax="${strip.cycles}"
          aria-valuenow="1"
          aria-describedby="strip-keys"
        >
          <canvas id="strip-canvas"></canvas>
        </div>
      </div>
      <p id="strip-told" class="told" role="status"></p>
      <p id="strip-keys" class="keys">
        Arrow keys move by a cycle, page keys by a tenth of what is shown; <kbd>n</kbd> and <kbd>p</kbd> go to the next
        and previous bad cycle, <kbd>+</kbd> <kbd>−</kbd> <kbd>0</kbd> zoom, <kbd>Enter</kbd> opens the cycle's
        timeline. With the mouse: click, and drag a stretch to zoom into it.
      </p>
    </div>
    <ul class="legend">
      ${legend.map(
        ([verdict, words]) =>
          html`<li>
            <svg class="swatch" viewBox="0 0 12 20" aria-hidden="true">
              <rect class="${verdict}" x="0" width="12" ${swatchPlace(verdict)} /></svg
            >${words}
          </li>`,
      )}
    </ul>
    ${jsonBlock('strip-data', data)}
    <noscript
      ><p>
        The strip is drawn by a script of this page, which did not run; the tables have its sums: ${count(strip.cycles)}
        cycles.
      </p></noscript
    >
  </section> `;
}

/** As the script draws a cell. */
function swatchPlace(verdict: (typeof legend)[number][0]): Markup {
  const place = { survived: [13, 7], unobserved: [9, 2], degraded: [7, 13], lost: [0, 20] } as const;
  const [y, height] = place[verdict];
  return html`y="${y}" height="${height}"`;
}
