const GATHERED_MS = 40;

/** A call a moment later, however often it is asked for until then: one change often brings several events. */
export function soon(work: () => void): { ask(): void; drop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    ask() {
      timer ??= setTimeout(() => {
        timer = undefined;
        work();
      }, GATHERED_MS);
    },
    drop() {
      clearTimeout(timer);
    },
  };
}
