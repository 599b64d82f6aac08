import { afterEach, describe, expect, test } from 'vitest';
import { initProject } from '../../../src/project/vault/init-project.ts';
import { VaultAccess } from '../../../src/project/vault/vault-access.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const access = (env: Record<string, string> = {}) =>
  new VaultAccess({ root: workshop.root, env: { ...workshop.env, ...env } });

describe('the place of a vault', () => {
  test('without a vault, open gives null and require reports what to do', async () => {
    workshop = new Workshop();
    expect(await access().open()).toBeNull();
    await expect(access().require()).rejects.toMatchObject({ code: 'vault/missing', hints: ['lockstep init'] });
  });

  test('LOCKSTEP_TRUST counts unless it is empty', async () => {
    workshop = new Workshop();
    expect(access({ LOCKSTEP_TRUST: 'abc' }).store.trust).toBe('abc');
    expect(access({ LOCKSTEP_TRUST: '' }).store).not.toHaveProperty('trust');
  });
});

describe('the group of a run', () => {
  /** Only the names of groups matter here, and one vault of several groups needs more commands than there are yet. */
  const vaultOf = (...groups: string[]) => ({ groups: new Map(groups.map((name) => [name, {}])) }) as unknown as Vault;
  const choose = (
    groups: string[],
    config: string | undefined,
    env: string | undefined,
    wanted: string | undefined,
  ) => {
    workshop = new Workshop();
    const settings = {
      definitions: [],
      rules: new Map(),
      templates: { raw: new Set<string>(), words: new Map() },
      passEnv: new Set<string>(),
      sandbox: { bind: [], ports: [] },
      scanIgnores: [],
      engine: { type: 'local' as const, urlVariable: 'LOCKSTEP_DATABASE_URL', queues: new Map() },
      problems: [],
      ...(config !== undefined && { group: config }),
    };
    return access(env === undefined ? {} : { LOCKSTEP_GROUP: env }).chooseGroup(vaultOf(...groups), settings, wanted);
  };

  test.each([
    ['the flag', 'a', 'b', 'c', 'a'],
    ['then the environment', undefined, 'b', 'c', 'b'],
    ['then lockstep.yaml', undefined, undefined, 'c', 'c'],
    ['an empty variable counts as none', undefined, '', 'c', 'c'],
  ])('is the given one: %s', (_, wanted, env, config, chosen) => {
    expect(choose(['a', 'b', 'c'], config, env, wanted)).toBe(chosen);
  });

  test('is the only one where none is given', () => {
    expect(choose(['only'], undefined, undefined, undefined)).toBe('only');
  });

  test.each([
    [
      'nothing is said and there are two',
      'group/ambiguous',
      ['dev', 'prod'],
      undefined,
      'the vault has several groups and none was chosen; there is: dev, prod',
    ],
    ['one that is not there is named', 'group/unknown', ['dev'], 'prod', 'there is no group "prod"; there is: dev'],
  ])('is never guessed: %s', (_, code, groups, wanted, message) => {
    expect(() => choose(groups, undefined, undefined, wanted)).toThrow(
      expect.objectContaining({ code, message, hints: expect.arrayContaining(['--group NAME']) }),
    );
  });

  test('of lockstep.yaml that does not exist is not ignored', () => {
    expect(() => choose(['only'], 'prod', undefined, undefined)).toThrow('there is no group "prod"');
  });
});

describe('the identity', () => {
  test('is loaded once, and its warnings are reported', async () => {
    workshop = new Workshop();
    await initProject({ root: workshop.root, env: workshop.env });
    const { chmodSync } = await import('node:fs');
    const file = `${workshop.env.HOME}/.config/lockstep/identity.txt`;
    chmodSync(file, 0o644);
    const warnings: string[] = [];
    const one = new VaultAccess({ root: workshop.root, env: workshop.env, warn: (text) => warnings.push(text) });
    const [first, again] = [await one.identity(), await one.identity()];
    expect(again).toBe(first);
    expect(first.source).toBe(file);
    expect(warnings).toEqual([`${file} can be read by other users of this machine: chmod 600 '${file}'`]);
  });
});
