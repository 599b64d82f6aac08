import { userInfo } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { accountName, locksFolder, requireSoundConfig, userFoldersOf } from '../../../src/project/repository/config.ts';
import { Workshop } from '../../rig/workshop.ts';

test.each(['', 'relative/home', '.'])('with HOME=%j nothing is kept in the folder where one stands', (home) => {
  const folders = userFoldersOf({
    HOME: home,
    XDG_STATE_HOME: 'state',
    XDG_CACHE_HOME: '',
    XDG_CONFIG_HOME: './config',
  });
  const { homedir } = userInfo();
  for (const path of Object.values(folders)) expect(path.startsWith(`${homedir}/`)).toBe(true);
});

describe('lockstep.yaml', () => {
  let workshop: Workshop;
  afterEach(() => workshop[Symbol.dispose]());
  const readAgain = async () => (await workshop.project()).snapshot.config;
  const read = (text?: string) => {
    workshop = new Workshop(text === undefined ? {} : { 'lockstep.yaml': text });
    return readAgain();
  };

  test.each([
    ['no file', undefined],
    ['an empty one', ''],
    ['a comment', '# nothing yet\n'],
  ])('every setting has a default: %s', async (_, text) => {
    const expected = {
      definitions: ['tools', 'agents', 'workflows'],
      rules: new Map(),
      templates: { raw: new Set(), words: new Map() },
      passEnv: new Set(),
      sandbox: { bind: [], ports: [] },
      engine: { type: 'local', urlVariable: 'LOCKSTEP_DATABASE_URL', queues: new Map() },
      scanIgnores: [],
      problems: [],
    };
    expect(await read(text)).toEqual(expected);
    expect(await readAgain()).toEqual(expected);
  });

  test('gives the group and the folders, also when it is read a second time', async () => {
    const expected = {
      group: 'prod',
      groupAt: expect.objectContaining({ range: { start: 7, end: 11 } }),
      definitions: ['ops', 'more/tools'],
      rules: new Map(),
      templates: { raw: new Set(), words: new Map() },
      passEnv: new Set(),
      sandbox: { bind: [], ports: [] },
      engine: { type: 'local', urlVariable: 'LOCKSTEP_DATABASE_URL', queues: new Map() },
      scanIgnores: [],
      problems: [],
    };
    expect(await read('group: prod\ndefinitions: [ops, more/tools]\n')).toEqual(expected);
    expect(await readAgain()).toEqual(expected);
  });

  test('gives the engine and the limits of its queues', async () => {
    const text = `engine:
  type: postgres
  url: {env: LOCKSTEP_OPS_DATABASE}
  queues:
    deploys: {concurrency: 4, rate: {limit: 100, seconds: 60}, perKey: {concurrency: 1}}
    builds: {}
`;
    const { engine, problems } = await read(text);
    expect(problems).toEqual([]);
    expect(engine).toEqual({
      type: 'postgres',
      urlVariable: 'LOCKSTEP_OPS_DATABASE',
      queues: new Map([
        ['deploys', { concurrency: 4, rate: { limit: 100, everySeconds: 60 }, perKey: { concurrency: 1 } }],
        ['builds', {}],
      ]),
    });
    const wrong = await read('engine: {type: postgres, url: {env: DATABASE_URL}}\n');
    expect(wrong.problems).toMatchObject([{ code: 'schema/value' }]);
  });

  test.each([
    ['an unknown key', 'groop: prod', /^lockstep\.yaml:1:1: unknown key "groop"/],
    ['a wrong type', 'group: [prod]', /^lockstep\.yaml:1:/],
    ['broken YAML', 'group: [', /^lockstep\.yaml:/],
    ['a list', '- group', /^lockstep\.yaml:1:/],
  ])('that is invalid stops work, with its place: %s', async (_, text, said) => {
    const config = await read(text);
    expect(() => requireSoundConfig(config)).toThrow(
      expect.objectContaining({
        code: 'project/config-invalid',
        message: expect.stringMatching(said),
        hints: expect.arrayContaining(['lockstep check']),
      }),
    );
  });
});

describe('locksFolder', () => {
  test('is the same for jobs of one account, whatever HOME is, and separate in a named state folder', () => {
    const one = locksFolder({ HOME: '/home/one' });
    expect(locksFolder({ HOME: '/home/other', XDG_STATE_HOME: '/state' })).toBe(one);
    expect(one).toBe(`${userInfo().homedir}/.local/state/lockstep/locks`);
    expect(locksFolder({ HOME: '/home/one', LOCKSTEP_STATE_DIR: '/state' })).toBe('/state/locks');
  });
});

describe('placesOf', () => {
  const HOME = '/home/ada';

  test('follows the XDG specification, which ignores relative paths', () => {
    expect(userFoldersOf({ HOME })).toEqual({
      state: '/home/ada/.local/state/lockstep',
      cache: '/home/ada/.cache/lockstep',
      identityFile: '/home/ada/.config/lockstep/identity.txt',
    });
    const env = { HOME, XDG_STATE_HOME: '/s', XDG_CACHE_HOME: 'relative', XDG_CONFIG_HOME: '/c' };
    expect(userFoldersOf(env)).toEqual({
      state: '/s/lockstep',
      cache: '/home/ada/.cache/lockstep',
      identityFile: '/c/lockstep/identity.txt',
    });
  });

  test('LOCKSTEP_STATE_DIR is used unchanged', () => {
    expect(userFoldersOf({ HOME, LOCKSTEP_STATE_DIR: '/state' }).state).toBe('/state');
    expect(userFoldersOf({ HOME, LOCKSTEP_STATE_DIR: 'state' }).state).toBe('/home/ada/.local/state/lockstep');
  });

  test('there is a home without HOME', () => {
    expect(userFoldersOf({}).state).toMatch(/^\/.+\/\.local\/state\/lockstep$/);
  });
});

test.each([
  ['ada', 'ada'],
  ['Ada Lovelace', 'ada-lovelace'],
  ['_www', 'www'],
  ['007', 'me'],
  ['ädä', 'd-'],
  ['x'.repeat(100), 'x'.repeat(64)],
])('the account %s becomes the member %s', (USER, member) => {
  expect(accountName({ USER })).toBe(member);
});
