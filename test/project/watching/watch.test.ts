import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';

const tool = (text: string, secrets = '') =>
  `kind: tool\nname: say\n${secrets}steps:\n  - {id: say, run: 'echo "said ${text}"'}\n`;
const RELOADED = 'reloaded\n';
const KEPT = 'the last good definitions stay in force\n';

test('runs the tool at once, and again at every save', async () => {
  using repository = new Repository({ 'tools/say.yaml': tool('one') });
  await using watching = new RunningProgram(repository, ['watch', 'say']);
  expect(await watching.until('ok say')).toContain('say | said one\n');
  repository.write('tools/say.yaml', tool('two'));
  expect(await watching.until('ok say')).toContain('say | said two\n');
  watching.signal('SIGINT');
  expect(await watching.ended).toBe(0);
});

test('a broken save shows its problems and runs nothing; the next valid save is reloaded', async () => {
  using repository = new Repository({ 'tools/say.yaml': tool('one') });
  await using watching = new RunningProgram(repository, ['watch', 'say']);
  await watching.until('ok say');
  repository.write('tools/say.yaml', tool('two').replace('steps:', 'stepz:'));
  const broken = await watching.until(KEPT);
  expect(broken).toContain('tools/say.yaml:3:1: error: unknown key "stepz"');
  expect(broken).toContain('did you mean "steps"?');
  repository.write('tools/say.yaml', tool('three'));
  const mended = await watching.until('ok say');
  expect(mended).toContain('say | said three\n');
  expect(mended).not.toContain('two');
});

test('a save shows the problems that are new and those that are gone, with the time and the file', async () => {
  const warned = (name: string) => `kind: tool\nname: ${name}\nsecrets: [UNKNOWN]\nsteps: [{id: a, run: echo}]\n`;
  using repository = new Repository({ 'tools/one.yaml': warned('one'), 'tools/two.yaml': warned('two') });
  await using watching = new RunningProgram(repository, ['watch']);
  const first = await watching.until(RELOADED);
  for (const file of ['one', 'two']) expect(first).toContain(`tools/${file}.yaml:3:11: warning:`);
  repository.write('tools/one.yaml', `# moved down\n${warned('one')}imagee: x\n`);
  const broken = await watching.until(KEPT);
  expect(broken).toMatch(/^\d\d:\d\d:\d\d tools\/one\.yaml\ntools\/one\.yaml:6:1: error: unknown key "imagee"/m);
  expect(broken).not.toContain('UNKNOWN');
  repository.write('tools/one.yaml', tool('one').replace('name: say', 'name: one'));
  const mended = await watching.until(RELOADED);
  expect(mended).toContain('gone: tools/one.yaml:6:1: error: unknown key "imagee"');
  expect(mended).toContain('gone: tools/one.yaml:4:11: warning: ');
  expect(mended).not.toContain('two.yaml');
});

test('a warning of a file that cannot be read at the moment is neither gone nor new', async () => {
  const text = 'kind: tool\nname: one\nsecrets: [UNKNOWN]\nsteps: [{id: a, run: echo}]\n';
  using repository = new Repository({ 'tools/one.yaml': text });
  await using watching = new RunningProgram(repository, ['watch']);
  await watching.until(RELOADED);
  repository.write('tools/one.yaml', 'kind: tool\nname: [\n');
  expect(await watching.until(KEPT)).not.toContain('UNKNOWN');
  repository.write('tools/one.yaml', text);
  const mended = await watching.until(RELOADED);
  expect(mended).toMatch(/gone: tools\/one\.yaml:\d:\d: error: /);
  expect(mended).not.toContain('UNKNOWN');
});

test('a save that changes nothing is not reloaded', async () => {
  using repository = new Repository({ 'tools/say.yaml': tool('one') });
  await using watching = new RunningProgram(repository, ['watch', 'say']);
  await watching.until('ok say');
  repository.write('tools/say.yaml', tool('one'));
  repository.write('tools/other.yaml', tool('two').replace('name: say', 'name: other'));
  const said = await watching.until('ok say');
  expect(said).toContain('2 tools');
  expect(said.match(/said one/g)).toHaveLength(1);
});

test('a changed secret is reloaded', async () => {
  using repository = new Repository({ 'tools/say.yaml': tool('${#TOKEN} bytes', 'secrets: [TOKEN]\n') });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN'], 'twelve bytes');
  await using watching = new RunningProgram(repository, ['watch', 'say']);
  expect(await watching.until('ok say')).toContain('said 12 bytes');
  await repository.must(['secret', 'set', 'TOKEN'], 'another sixteen!');
  expect(await watching.until('ok say')).toContain('said 16 bytes');
});

test('an unfinished checkout of Git is never reloaded', async () => {
  using repository = new Repository({ 'tools/say.yaml': tool('one'), '.git/HEAD': 'ref: refs/heads/main\n' });
  await using watching = new RunningProgram(repository, ['watch', 'say']);
  await watching.until('ok say');
  repository.write('.git/index.lock', '');
  repository.write('tools/say.yaml', '');
  repository.write('tools/say.yaml', tool('half of two'));
  repository.write('tools/say.yaml', tool('two'));
  rmSync(join(repository.root, '.git/index.lock'));
  const said = await watching.until('ok say');
  expect(said).toContain('said two\n');
  expect(said).not.toContain('half');
  expect(said).not.toContain(KEPT);
});

test('starts with an empty project, and sees folders that come later', async () => {
  using repository = new Repository({ 'lockstep.yaml': '' });
  await using watching = new RunningProgram(repository, ['watch', 'say']);
  expect(await watching.until('lockstep tool list\n')).toContain('there is no tool "say"');
  repository.write('tools/deep/say.yaml', tool('one'));
  expect(await watching.until('ok say')).toContain('said one\n');
  repository.write('lockstep.yaml', 'definitions: [elsewhere]\n');
  expect(await watching.until(RELOADED)).toContain('0 tools');
  repository.write('elsewhere/say.yaml', tool('two'));
  expect(await watching.until('ok say')).toContain('said two\n');
});
