/** Hears what a set holds. */
export interface LiveObserver<T> {
  began(one: T): void;
  ended(one: T): void;
}

/** What of this process is in use now; others can follow it. */
export class LiveSet<T> {
  readonly #live = new Set<T>();
  readonly #observers = new Set<LiveObserver<T>>();
  readonly #atExit: (live: readonly T[]) => void;
  #guarded = false;

  /** @param atExit called when this process ends, with what is in use then */
  constructor(atExit: (live: readonly T[]) => void) {
    this.#atExit = atExit;
  }

  get all(): readonly T[] {
    return [...this.#live];
  }

  /** Reports what is in use now, and all that comes later, until the returned function is called. */
  observe(observer: LiveObserver<T>): () => void {
    this.#observers.add(observer);
    for (const one of this.#live) observer.began(one);
    return () => void this.#observers.delete(observer);
  }

  add(one: T): void {
    this.#live.add(one);
    for (const observer of this.#observers) observer.began(one);
    if (!this.#guarded) process.on('exit', () => this.#atExit(this.all));
    this.#guarded = true;
  }

  delete(one: T): void {
    this.#live.delete(one);
    for (const observer of this.#observers) observer.ended(one);
  }
}
