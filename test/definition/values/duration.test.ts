import { expect, test } from 'vitest';
import { durationMs } from '../../../src/definition/values/text-format.ts';
import { catalogOf, problemsOf } from '../read.ts';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['1.5s', 1500],
  ['1h30m', 5_400_000],
  ['1m0.25s', 60_250],
  ['0s', 0],
])('%s is %i ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '5', 's', '5 s', '-1s', '1e3s', '5d', '.5s', '1.s', '1h30', '1s1s1s1s1s'])(
  '%j is not a duration',
  (text) => {
    expect(durationMs(text)).toBeUndefined();
  },
);

test.each(['0s', '0ms', '0.0s', '0h0m'])('a timeout of %s is refused, since nothing could run in it', (text) => {
  const said = (where: string) =>
    problemsOf(catalogOf(`kind: tool\nname: a\n${where}`)).map(({ message }) => message.split(':')[0]);
  expect(said(`timeout: ${text}\nsteps: [{run: x}]\n`)).toEqual([expect.stringContaining('"timeout" cannot be')]);
  expect(said(`steps: [{run: x, timeout: ${text}}]\n`)).toEqual([expect.stringContaining('"timeout" cannot be')]);
});
