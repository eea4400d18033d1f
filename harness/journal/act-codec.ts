import type { Act, ActDoneBody, StoredActDone } from './events.ts';

/**
 * Writes the end of an act without what every clean one has, and back: exit code 0, and what was said where it is what was said about the
 * last act of the same name, for a board says the same lines at every start. One codec serves one pass over one journal, in order.
 */
export class ActCodec {
  readonly #last = new Map<Act, string>();

  encode(body: ActDoneBody): StoredActDone {
    const { output, exitCode, ...rest } = body;
    const isSame = output !== undefined && output === this.#last.get(body.act);
    this.#keep(body);
    return {
      ...rest,
      ...(body.ok && exitCode === 0 ? {} : { exitCode }),
      ...(output === undefined || isSame ? {} : { output }),
      ...(isSame ? { again: true } : {}),
    };
  }

  /** @throws Error where a field is missing that no other tells: the journal was not read from its start, or is none of ours. */
  decode({ again, exitCode, ...rest }: StoredActDone): ActDoneBody {
    if (exitCode === undefined && !rest.ok) throw new Error(`a ${rest.act} that failed lacks "exitCode"`);
    const output = again === undefined ? rest.output : this.#last.get(rest.act);
    if (again !== undefined && output === undefined) {
      throw new Error(`nothing was said yet about a ${rest.act} that could be said again`);
    }
    const body = { ...rest, exitCode: exitCode ?? null, ...(output === undefined ? {} : { output }) };
    const done = exitCode === undefined ? { ...body, exitCode: 0 } : body;
    this.#keep(done);
    return done;
  }

  /** An act about which nothing was said is no news: the next one may say again what the last one but one did. */
  #keep({ act, output }: ActDoneBody): void {
    if (output !== undefined) this.#last.set(act, output);
  }
}
