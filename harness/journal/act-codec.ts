import type { Act, ActDoneBody, StoredActDone } from './events.ts';

/**
 * Writes what was said about an act only where it differs from what was said about the last act of the same name, and back: a board
 * says the same lines at every clean start. One codec serves one pass over one journal, in order.
 */
export class ActCodec {
  readonly #last = new Map<Act, string>();

  encode(body: ActDoneBody): StoredActDone {
    const { output, ...rest } = body;
    const isSame = output !== undefined && output === this.#last.get(body.act);
    this.#keep(body);
    if (output === undefined) return rest;
    return isSame ? { ...rest, again: true } : { ...rest, output };
  }

  /** @throws Error where nothing was said before that could have been said again: the journal was not read from its start. */
  decode(stored: StoredActDone): ActDoneBody {
    const { again, ...body } = stored;
    if (again === undefined) {
      this.#keep(body);
      return body;
    }
    const output = this.#last.get(stored.act);
    if (output === undefined) throw new Error(`nothing was said yet about a ${stored.act} that could be said again`);
    return { ...body, output };
  }

  /** An act about which nothing was said is no news: the next one may say again what the last one but one did. */
  #keep({ act, output }: ActDoneBody): void {
    if (output !== undefined) this.#last.set(act, output);
  }
}
