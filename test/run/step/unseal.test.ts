import { afterEach, describe, expect, test } from 'vitest';
import { LockstepError } from '../../../src/errors.ts';
import { injectionProblems, unsealGranted } from '../../../src/run/step/unseal.ts';
import { SecretValue } from '../../../src/vault/secret-value.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const TOOL = `
steps:
  - {id: one, secrets: [A, {name: NO, required: false}], run: 'touch ../mark'}
  - {id: two, secrets: [B, A], run: 'true'}
`;

async function planOf() {
  workshop = await Workshop.open({ 'tools/main.yaml': TOOL }, { A: 'value-of-a', B: 'value-of-b' });
  await workshop.set('NO', 'value-of-no', []);
  return (await workshop.project()).plan('main');
}

describe('unsealGranted', () => {
  test('opens each granted secret once, and nothing else', async () => {
    const asked: string[] = [];
    const values = await unsealGranted(await planOf(), async (name) => {
      asked.push(name);
      return new SecretValue(Buffer.from(name));
    });
    expect(asked).toEqual(['A', 'B']);
    expect([...values.keys()]).toEqual(['A', 'B']);
  });

  test('reports all secrets that cannot be opened at once, with their tools, and wipes the others', async () => {
    const opened = new SecretValue(Buffer.from('value-of-a'));
    const failing = unsealGranted(await planOf(), async (name) => {
      if (name === 'A') return opened;
      throw new LockstepError('vault/undecryptable', 'it does not open', ['do this']);
    });
    await expect(failing).rejects.toMatchObject({
      code: 'vault/undecryptable',
      message: 'the step "two" of main needs the secret B: it does not open',
      hints: ['do this'],
    });
    expect(() => opened.reveal()).toThrow('disposed');
  });

  test('reports different reasons line by line, and one reason once', async () => {
    const plan = await planOf();
    const differently = unsealGranted(plan, async (name) => {
      throw new LockstepError('vault/undecryptable', `${name} is bad`, [`see to ${name}`, 'ask']);
    });
    await expect(differently).rejects.toMatchObject({
      message:
        'the step "one" of main needs the secret A: A is bad\nthe step "two" of main needs the secret B: B is bad',
      hints: ['see to A', 'ask', 'see to B'],
    });
    const alike = unsealGranted(plan, async () => {
      throw new LockstepError('vault/not-a-member', 'you are nobody here', ['ask']);
    });
    await expect(alike).rejects.toMatchObject({
      message: 'main needs the secrets A, B: you are nobody here',
      hints: ['ask'],
    });
  });

  test('rethrows a bug unchanged, and wipes the values', async () => {
    const opened = new SecretValue(Buffer.from('value-of-a'));
    const bug = new TypeError('a bug');
    const failing = unsealGranted(await planOf(), (name) =>
      name === 'A' ? Promise.resolve(opened) : Promise.reject(bug),
    );
    await expect(failing).rejects.toBe(bug);
    expect(() => opened.reveal()).toThrow('disposed');
  });
});

test('a value that cannot be injected as requested is reported with the step and a hint, and never shown', async () => {
  const values = new Map([
    ['A', new SecretValue(Buffer.from('value-of-a'))],
    ['B', new SecretValue(Buffer.from('hunter2\0'))],
  ]);
  const problems = injectionProblems(await planOf(), values);
  expect(problems.map(({ message }) => message)).toEqual([
    'the step "two" of main: B holds bytes that no variable can carry; ask for it with `as: file`',
  ]);
});

describe('with an identity that is not a member', () => {
  test('nothing starts, and the message names tool, secrets and the next command', async () => {
    await planOf();
    const stranger = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX';
    const report = (await workshop.project({ LOCKSTEP_IDENTITY: stranger })).run('main').result();
    const error = await report.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'vault/not-a-member',
      message: expect.stringMatching(
        /^main needs the secrets A, B: the identity age1\w+ is not a member of the vault$/,
      ),
      hints: [expect.stringContaining('lockstep whoami')],
    });
    expect(workshop.marked('mark')).toBe(false);
  });
});
