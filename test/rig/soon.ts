import { expect } from 'vitest';

/** Waits until it is so, on a machine that may be busy with workers of other tests. */
export const soon = <T>(look: () => T) => expect.poll(look, { timeout: 60_000, interval: 50 });
