import { expect, test } from 'vitest';
import { connectHttp, ERAS, McpProgram, textOf } from '../rig/mcp-client.ts';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const PIN = '918273';

const tool = (name: string, more: string) =>
  `kind: tool\nname: ${name}\nargs: {word: {type: string, default: ''}}\n${more}steps: [{id: say, run: 'true'}]\n`;
const FILES = {
  'tools/tell.yaml': tool('tell', 'secrets: [PIN]\n'),
  'tools/told.yaml': tool('told', 'secrets: [PIN]\n'),
  'tools/plain.yaml': tool('plain', ''),
};

async function withPin(): Promise<Repository> {
  const repository = new Repository(FILES);
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'PIN'], PIN);
  return repository;
}

const IS_SECRET = 'contains a secret value';
const IS_OVER = 'takes no more calls';

test.each(ERAS)('%s: five right guesses end the calls of a tool, however many come at once', async (era) => {
  using repository = await withPin();
  await using program = await McpProgram.start(repository, { era });
  const call = async (name: string, args: object) =>
    textOf(await program.client.callTool({ name, arguments: { ...args } }));
  const guesses = Array.from({ length: 12 }, (_, at) => call('tell', { word: `${at} ${PIN}` }));
  const texts = await Promise.all(guesses);
  expect(texts.filter((text) => text.includes(IS_SECRET))).toHaveLength(5);
  expect(texts.filter((text) => text.includes(IS_OVER))).toHaveLength(7);
  expect(await call('tell', { word: 'harmless' })).toContain(IS_OVER);
  expect(await call('tell', {})).toContain(IS_OVER);
  expect(await call('told', { word: 'harmless' })).toContain('succeeded');
  const { records } = JSON.parse(await repository.must(['audit', 'list', '--json']));
  const told = records.filter(
    (one: { readonly detail?: string }) => one.detail === 'refused: a secret in the arguments',
  );
  expect(told).toHaveLength(5);
  expect(JSON.stringify(records)).not.toContain(PIN);
});

test('over HTTP each token is counted by itself', async () => {
  using repository = await withPin();
  const token = (await repository.must(['token', 'make', 'other', '--scope', 'run'])).trim();
  await using server = await ServedRepository.start(repository);
  await using one = await connectHttp(server);
  await using other = await connectHttp(server, { token });
  for (let at = 0; at < 5; at += 1)
    expect(textOf(await one.callTool({ name: 'tell', arguments: { word: PIN } }))).toContain(IS_SECRET);
  await using again = await connectHttp(server, { era: '2025-11-25' });
  expect(textOf(await again.callTool({ name: 'tell', arguments: { word: 'x' } }))).toContain(IS_OVER);
  expect(textOf(await other.callTool({ name: 'tell', arguments: { word: 'x' } }))).toContain('succeeded');
});

test('a tool with secrets takes no arguments in which many guesses fit', async () => {
  using repository = await withPin();
  await using program = await McpProgram.start(repository);
  const call = async (name: string, word: string) =>
    textOf(await program.client.callTool({ name, arguments: { word } }));
  const large = 'x'.repeat(64 * 1024 - 2);
  expect(await call('tell', large)).toContain('succeeded');
  // Whether it holds a secret makes no difference.
  for (const more of ['x', PIN]) expect(await call('tell', large + more)).toContain('are larger than 65536 bytes');
  expect(await call('plain', large + PIN)).toContain('succeeded');
});
