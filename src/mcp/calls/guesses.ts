import { LockstepError } from '../../errors.ts';

/** Refusals after which a client cannot call a tool any more. */
const MOST_REFUSALS = 5;

/** The next call of the same client and tool waits for it. */
interface Guess {
  readonly decided: Promise<void>;
}

interface Known {
  refusals: number;
  last: Promise<void>;
}

/**
 * A refusal of arguments that hold a secret says that a guess was right. A client hears it a few times for each tool, and
 * then nothing more of that tool until this process ends.
 */
export class Guesses {
  readonly #known = new Map<string, Known>();

  count(owner: string, tool: string): void {
    this.#of(owner, tool).refusals += 1;
  }

  /** @throws LockstepError `value/invalid` after too many */
  requireFew(owner: string, tool: string): void {
    const { refusals } = this.#of(owner, tool);
    if (refusals < MOST_REFUSALS) return;
    const what = `${tool} takes no more calls: ${refusals} had a secret value in their arguments`;
    throw new LockstepError('value/invalid', what, [
      'the audit log has each of them: lockstep audit list',
      'a restart of the server lets the client call again',
    ]);
  }

  /**
   * Starts a call once the one before has begun or was refused: many at once would be decided before any counts.
   * @throws LockstepError `value/invalid`
   */
  async inTurn<T extends Guess>(owner: string, tool: string, start: () => T): Promise<T> {
    const known = this.#of(owner, tool);
    const before = known.last;
    const turn = Promise.withResolvers<void>();
    known.last = turn.promise;
    await before;
    try {
      this.requireFew(owner, tool);
      const begun = start();
      begun.decided.then(turn.resolve);
      return begun;
    } catch (error) {
      turn.resolve();
      throw error;
    }
  }

  #of(owner: string, tool: string): Known {
    const key = JSON.stringify([owner, tool]);
    const found = this.#known.get(key) ?? { refusals: 0, last: Promise.resolve() };
    this.#known.set(key, found);
    return found;
  }
}
