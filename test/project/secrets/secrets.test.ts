import { afterEach, describe, expect, test } from 'vitest';
import { pinnedGrants } from '../../../src/project/secrets/pinned-grants.ts';
import { Secrets } from '../../../src/project/secrets/secrets.ts';
import { initProject } from '../../../src/project/vault/init-project.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

const secrets = async () => new Secrets(await workshop.project());
const bytes = (text: string) => Buffer.from(text);
const USES = (name: string) => `steps: [{id: a, secrets: [${name}], run: "true"}]`;

describe('a new secret', () => {
  test('is granted to all the tools that ask for it now, or to the given ones', async () => {
    workshop = await Workshop.open({
      'tools/one.yaml': USES('A'),
      'tools/two.yaml': USES('A'),
      'tools/no.yaml': USES('B'),
    });
    const made = await (await secrets()).set('A', bytes('value-of-a'), { description: 'the first' });
    expect(made).toMatchObject({
      created: true,
      warnings: [],
      secret: { name: 'A', group: 'default', description: 'the first', version: 1, allow: ['tool:one', 'tool:two'] },
    });
    const said = await (await secrets()).set('B', bytes('value-of-b'), { allow: ['exec'] });
    expect(said.secret.allow).toEqual(['exec']);
  });

  test.each([
    ['', ['the value is empty']],
    ['short', ['the value is shorter than 6 bytes: it will not be masked in output']],
    ['long enough\n', ['the value ends in a line break, which is kept']],
    ['long enough', []],
  ])('with the value %j gives a warning: %j', async (value, warnings) => {
    workshop = await Workshop.open({ 'tools/one.yaml': USES('A') });
    expect((await (await secrets()).set('A', bytes(value), {})).warnings).toEqual(warnings);
  });

  test('for a tool that does not exist gives a warning, with the nearest name', async () => {
    workshop = await Workshop.open({ 'tools/release-notes.yaml': USES('B') });
    const { warnings } = await (await secrets()).set('A', bytes('value-of-a'), {
      allow: ['tool:release-note', 'agent:nobody', 'tool:release-notes', 'exec', '*'],
    });
    expect(warnings).toEqual([
      'there is no agent "nobody" here',
      'there is no tool "release-note" here; did you mean "release-notes"?',
    ]);
  });

  test('with an invalid grant is not stored', async () => {
    workshop = await Workshop.open({});
    await expect((await secrets()).set('A', bytes('value-of-a'), { allow: ['tools:x'] })).rejects.toMatchObject({
      code: 'usage/invalid',
    });
    expect((await (await secrets()).list()).secrets).toEqual([]);
  });
});

describe('an existing secret', () => {
  test('keeps its grants when it gets a new value', async () => {
    workshop = await Workshop.open({ 'tools/one.yaml': USES('A') }, { A: 'value-of-a' });
    workshop.write('tools/two.yaml', USES('A'));
    const set = await (await secrets()).set('A', bytes('newer'), { allow: ['*'] });
    expect(set).toMatchObject({ created: false, secret: { version: 2, allow: ['tool:one'] } });
  });

  test('is found by its name and by its description, whatever the case', async () => {
    workshop = await Workshop.open({}, { GITHUB_PAT: 'value-of-pat', OTHER: 'value-of-other' });
    await (await secrets()).set('OTHER', bytes('value'), { description: 'of the GitHub bot' });
    const names = async (words: string) =>
      (await (await secrets()).list(undefined, words)).secrets.map((one) => one.name);
    expect(await names('github')).toEqual(['GITHUB_PAT', 'OTHER']);
    expect(await names('BOT')).toEqual(['OTHER']);
    expect(await names('value')).toEqual([]);
  });

  test('is shown with the tools that ask for it; an unknown name gets the nearest one', async () => {
    workshop = await Workshop.open(
      { 'tools/one.yaml': USES('TOKEN') },
      { TOKEN: 'value-of-token', OLD: 'value-of-old' },
    );
    expect(await (await secrets()).show('TOKEN')).toMatchObject({ requestedBy: ['one'], allow: ['tool:one'] });
    await (await secrets()).remove('OLD');
    await expect((await secrets()).show('TOKN')).rejects.toMatchObject({
      hints: ['did you mean "TOKEN"?', 'lockstep secret list'],
    });
    await expect((await secrets()).show('OLD')).rejects.toMatchObject({ hints: ['lockstep secret list'] });
  });

  test('is pinned to the current form of a tool, which loses it when it changes', async () => {
    workshop = await Workshop.open({ 'tools/one.yaml': USES('A') });
    await workshop.set('A', 'value-of-a', []);
    const vault = await secrets();
    await vault.grant('A', pinnedGrants(await workshop.project(), 'A', ['tool:one']));
    expect((await workshop.run('one')).outcome.status).toBe('succeeded');
    workshop.write('tools/one.yaml', `timeout: 1m\n${USES('A')}`);
    expect((await workshop.run('one')).outcome).toMatchObject({ problems: [{ code: 'secret/ungranted' }] });
  });

  test('cannot be pinned to a tool that calls a missing tool', async () => {
    workshop = await Workshop.open({ 'tools/one.yaml': 'steps: [{id: a, uses: nowhere}]' });
    const project = await workshop.project();
    expect(() => pinnedGrants(project, 'A', ['tool:one'])).toThrow(
      expect.objectContaining({ code: 'definition/invalid' }),
    );
    expect(pinnedGrants(project, 'A', ['exec', '*'])).toEqual(['exec', '*']);
  });
});

describe('initProject', () => {
  test('makes an identity where none exists, uses an existing one, and never makes a second vault', async () => {
    workshop = new Workshop();
    const options = { root: workshop.root, env: workshop.env };
    expect(await initProject({ ...options, member: 'ada', group: 'dev' })).toMatchObject({
      root: workshop.root,
      group: 'dev',
      member: 'ada',
      identityFile: `${workshop.env.HOME}/.config/lockstep/identity.txt`,
      identityCreated: true,
    });
    await expect(initProject(options)).rejects.toMatchObject({ code: 'vault/exists' });
    using second = new Workshop();
    expect(await initProject({ root: second.root, env: workshop.env })).toMatchObject({ identityCreated: false });
  });

  test('does not make an identity where another one is named', async () => {
    workshop = new Workshop();
    const env = { ...workshop.env, LOCKSTEP_IDENTITY_FILE: `${workshop.place}/named.txt` };
    await expect(initProject({ root: workshop.root, env })).rejects.toMatchObject({ code: 'identity/missing' });
    await expect(
      initProject({ root: workshop.root, env: workshop.env, identityFile: `${workshop.place}/named.txt` }),
    ).rejects.toMatchObject({ code: 'identity/missing' });
    expect(workshop.marked('named.txt')).toBe(false);
  });
});
