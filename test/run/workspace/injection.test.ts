import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { InternalError } from '../../../src/errors.ts';
import { type PlannedSecret, plannedRuns } from '../../../src/plan/plan.ts';
import { inject, injectionFault, secretVariables } from '../../../src/run/workspace/injection.ts';
import { createScratch, type Scratch } from '../../../src/run/workspace/scratch.ts';
import { SecretValue } from '../../../src/vault/secret-value.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
let scratch: Scratch;
beforeEach(() => {
  scratch = createScratch();
});
afterEach(() => {
  workshop[Symbol.dispose]();
  scratch.dispose();
});

async function plannedSecrets(requests: string): Promise<readonly PlannedSecret[]> {
  workshop = await Workshop.open(
    { 'tools/main.yaml': `steps: [{id: a, secrets: ${requests}, run: 'true'}]` },
    { A: 'value-of-a', B: 'value-of-b' },
  );
  await workshop.set('UNGRANTED', 'value', ['tool:another']);
  return plannedRuns((await (await workshop.project()).plan('main')).root)[0]?.secrets ?? [];
}

const values = (entries: Record<string, string | Uint8Array>) =>
  new Map(Object.entries(entries).map(([name, value]) => [name, new SecretValue(Buffer.from(value))]));

describe('inject', () => {
  test('gives variables and files under the requested names, and only granted ones', async () => {
    const planned = await plannedSecrets(
      '[A, {name: B, env: OTHER}, {name: A, as: file, env: A_FILE}, {name: UNGRANTED, required: false}, {name: GONE, required: false}]',
    );
    const bytes = Buffer.from('value-of-a\n');
    const lent = inject(
      planned,
      values({ A: bytes, B: 'b', UNGRANTED: 'never', GONE: 'never' }),
      scratch,
      (path) => path,
    );
    const path = lent.variables.A_FILE ?? '';
    expect(lent.variables).toEqual({ A: 'value-of-a\n', OTHER: 'b', A_FILE: path });
    expect(readFileSync(path)).toEqual(bytes);
    expect(statSync(path).mode & 0o777).toBe(0o400);
    lent.dispose();
    expect(existsSync(path)).toBe(false);
  });

  test('gives a variable of any name that a definition may ask for', async () => {
    const planned = await plannedSecrets('[{name: A, env: __proto__}, {name: B, env: constructor}]');
    const { variables } = inject(planned, values({ A: 'a', B: 'b' }), scratch, (path) => path);
    expect(Object.entries({ ...variables })).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });
});

describe('injectionFault', () => {
  test.each([
    ['text', 'väl\u{1f511}', true],
    ['nothing', '', true],
    ['a byte order mark', '\ufeffx', true],
    ['more than a variable can be', 'x'.repeat(200_000), false],
    ['NUL', 'a\0b', false],
    ['no UTF-8', Buffer.from([0x66, 0xff]), false],
    ['a lone surrogate', Buffer.from([0xed, 0xa0, 0x80]), false],
  ])('%s', async (_, value, fits) => {
    const [asVariable, asFile] = await plannedSecrets('[A, {name: A, as: file, env: F}]');
    if (asVariable === undefined || asFile === undefined) throw new Error('nothing was planned');
    const secret = new SecretValue(Buffer.from(value));
    expect(injectionFault(asVariable, secret) === null).toBe(fits);
    expect(injectionFault(asFile, secret)).toBeNull();
  });

  test('a byte order mark reaches the variable', async () => {
    const { variables } = inject(await plannedSecrets('[A]'), values({ A: '\ufeffx' }), scratch, (path) => path);
    expect(variables.A).toBe('\ufeffx');
  });
});

test('a value that no variable can carry is never injected in a changed form', async () => {
  const planned = await plannedSecrets('[A]');
  expect(secretVariables(values({ A: 'a', B: '' }))).toEqual({ A: 'a', B: '' });
  expect(() => secretVariables(values({ A: 'a\0b' }))).toThrow(InternalError);
  expect(() => inject(planned, values({ A: Buffer.from([0xff]) }), scratch, (path) => path)).toThrow(InternalError);
});
