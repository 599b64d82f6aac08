import { forgetGroup, type GroupId, groupHasLife, signalGroup, trackGroup } from './group.ts';

const FIRST_LOOK_MS = 2;
const SLOWEST_LOOK_MS = 100;
/** How long to wait for a group after KILL; uninterruptible I/O can delay its end. */
const GIVE_UP_MS = 1000;

/**
 * Brings one process group to its end:
 *
 *     running --begin--> terminating (TERM sent) --grace over, or killNow--> killing (KILL sent) --> gone
 *        `--killNow-----------------------------------------------------------^
 *
 * and from every state straight to gone as soon as no member lives.
 */
export class GroupEnding {
  readonly #group: GroupId;
  readonly #graceMs: number;
  readonly #gone = Promise.withResolvers<void>();
  #state: 'running' | 'terminating' | 'killing' | 'gone' = 'running';
  #lookMs = FIRST_LOOK_MS;
  #look: NodeJS.Timeout | undefined;
  #escalate: NodeJS.Timeout | undefined;

  constructor(group: GroupId, graceMs: number) {
    this.#group = group;
    this.#graceMs = graceMs;
    trackGroup(group);
  }

  /** Settles when no member lives, or a second after a KILL that had no effect. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Asks the group to end. In the usual case, a group that ended with its leader, the ending is complete on return. */
  begin(): void {
    if (this.#state !== 'running') return;
    this.#state = 'terminating';
    this.#send('SIGTERM', this.#graceMs, () => this.killNow());
  }

  killNow(): void {
    if (this.#state === 'killing' || this.#state === 'gone') return;
    this.#state = 'killing';
    this.#send('SIGKILL', GIVE_UP_MS, () => this.#finish());
  }

  #send(signal: 'SIGTERM' | 'SIGKILL', patienceMs: number, next: () => void): void {
    clearTimeout(this.#escalate);
    this.#escalate = setTimeout(next, patienceMs);
    this.#lookMs = FIRST_LOOK_MS;
    if (signalGroup(this.#group, signal)) this.#lookAgain();
    else this.#finish();
  }

  #lookAgain(): void {
    clearTimeout(this.#look);
    this.#look = setTimeout(() => this.#lookAgain(), this.#lookMs);
    this.#lookMs = Math.min(this.#lookMs * 2, SLOWEST_LOOK_MS);
    if (!groupHasLife(this.#group)) this.#finish();
  }

  #finish(): void {
    clearTimeout(this.#look);
    clearTimeout(this.#escalate);
    this.#state = 'gone';
    forgetGroup(this.#group);
    this.#gone.resolve();
  }
}
