import { expect, test } from 'vitest';
import { credentialShapes } from '../../../src/project/scanning/credential-shapes.ts';

test('the search keeps no part of a text', async () => {
  const kept = () => performance.getEntries().length;
  const before = kept();
  await credentialShapes('build.log', 'compiled one part in 17 ms\n'.repeat(20_000));
  await new Promise(setImmediate);
  expect(kept()).toBe(before);
});

test('a credential is reported where it begins, whichever window it is in', async () => {
  const line = 'compiled one part in 17 ms\n';
  for (const lines of [0, 2_425, 20_000]) {
    const key = `AGE-SECRET-KEY-1${'Q'.repeat(58)}`; // lockstep: not-a-secret
    const text = `${line.repeat(lines)}${key}\n${line.repeat(3_000)}`;
    expect(await credentialShapes('build.log', text)).toEqual([{ at: lines * line.length, shape: 'age: SECRET_KEY' }]);
  }
});
