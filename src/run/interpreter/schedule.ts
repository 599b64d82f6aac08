export interface Schedulable {
  readonly id: string;
  readonly needs: readonly { readonly name: string }[];
}

/**
 * Starts each item when all that it needs has ended: ready ones in definition order, and what an end makes ready before
 * the next end is looked at, so that the order of starts follows from the order of ends alone. `work` never rejects for
 * anything the work comes to: a rejection is a bug. Nothing starts after it, and it comes out when nothing runs any more,
 * because what runs may still use what the caller clears away. The graph has no cycle and no unknown need.
 */
export async function schedule<T extends Schedulable>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const graph = new Graph(items);
  const ended: T[] = [];
  let running = 0;
  let wake: (() => void) | undefined;
  let failure: { readonly error: unknown } | undefined;
  const start = (item: T): void => {
    running++;
    work(item)
      .then(() => ended.push(item))
      .catch((error: unknown) => (failure ??= { error }))
      .finally(() => {
        running--;
        wake?.();
      });
  };
  graph.ready.forEach(start);
  while (running > 0 || ended.length > 0) {
    const item = ended.shift();
    if (item === undefined) await new Promise<void>((resolve) => (wake = resolve));
    else if (failure === undefined) graph.end(item).forEach(start);
  }
  if (failure !== undefined) throw failure.error;
}

/** Which items wait for which, and how many needs each still has. */
class Graph<T extends Schedulable> {
  /** The items without needs. */
  readonly ready: readonly T[];
  readonly #open = new Map<string, number>();
  readonly #dependents = new Map<string, T[]>();

  constructor(items: readonly T[]) {
    for (const { id } of items) this.#dependents.set(id, []);
    for (const item of items) {
      const needs = new Set(item.needs.map(({ name }) => name));
      this.#open.set(item.id, needs.size);
      for (const need of needs) this.#dependents.get(need)?.push(item);
    }
    this.ready = items.filter(({ id }) => this.#open.get(id) === 0);
  }

  /** The items that its end makes ready, in definition order. */
  end(item: T): readonly T[] {
    const dependents = this.#dependents.get(item.id) ?? [];
    for (const { id } of dependents) this.#open.set(id, (this.#open.get(id) ?? 0) - 1);
    return dependents.filter(({ id }) => this.#open.get(id) === 0);
  }
}
