/**
 * Whether a VM that this run started may still be up. It outlives a lost connection, so that no VM is left running in silence,
 * and no VM that somebody else started is ever stopped.
 */
export class OwnVm {
  #cycle: number | undefined;
  #isGivenUp = false;

  /** To be called before the start is asked for: from then on nobody can be sure. */
  startIntended(cycle: number): void {
    this.#cycle = cycle;
    this.#isGivenUp = false;
  }

  /** Everything that may be done to stop it was done in vain; to do it again would only take its time once more. */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** The VM is known to be down, or to have died with its host. */
  isDown(): void {
    this.#cycle = undefined;
  }

  /** The cycle whose VM may be up; undefined where it is certainly down. */
  get cycle(): number | undefined {
    return this.#cycle;
  }
}
