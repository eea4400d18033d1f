import type { RunJudgement } from '../../../judge/run-judgement.ts';
import type { PageModel } from '../digest/run-digest.ts';
import { html, type Markup } from '../markup.ts';
import { section } from './chart-sections.ts';

/** What a person has to do before a parked run can go on. */
export function parkedSection({ parked }: PageModel, { outcome }: RunJudgement): Markup {
  if (parked === undefined || outcome !== 'parked') return html``;
  return section(
    'parked',
    'What is to be done',
    html`<p>BIOS ${parked.from} is to become ${parked.to}, for the cell ${parked.cell}.</p>
      <pre>${parked.instructions}</pre> `,
  );
}

/** What every gate said; only closed ones need reading. */
export function gatesSection({ gates }: RunJudgement): Markup {
  const closed = gates.filter(({ passed }) => !passed);
  if (closed.length === 0) return html``;
  return section(
    'gates',
    'Closed gates',
    html`<ul class="claims">
      ${closed.map(
        ({ gate, findings }) =>
          html`<li>
            <b>${gate}</b>${
              findings.length === 0
                ? ': closed'
                : html`<ul>
                    ${findings.map((finding) => html`<li>${finding}</li>`)}
                  </ul>`
            }
          </li>`,
      )}
    </ul> `,
  );
}

/** What all this was made from; a long journal is a row of files. */
export function journalSection(journal: readonly string[], beside: readonly string[]): Markup {
  const link = (name: string): Markup => html`<li><a href="${encodeURI(name)}" download>${name}</a></li>`;
  const words =
    journal.length > 1
      ? `The journal is ${journal.length} files, oldest first; those that end in .gz are compressed. Together they are all that this page knows.`
      : 'The journal is all that this page knows; comeback report makes the page again from it.';
  const files = html`<ul class="files">
    ${journal.map(link)}
  </ul> `;
  const many = journal.length > 12;
  return section(
    'journal',
    'The journal',
    html`<p>${words}</p>
      ${
        many
          ? html`<details>
              <summary>All ${journal.length} files</summary>
              ${files}
            </details> `
          : files
      }
      <p>Beside it:</p>
      <ul class="files">
        ${beside.map(link)}
      </ul> `,
  );
}
