import { expect, test } from 'vitest';
import { McpProgram, textOf } from '../rig/mcp-client.ts';
import { Repository } from '../rig/repository.ts';

const PIN = '91827364';
const PADDED = '0042915566.0';
const LONG = '31415926535897932384';

const tell = (name: string) => `kind: tool
name: ${name}
args:
  n: {type: number, default: 0}
  list: {type: array, default: []}
  object: {type: object, default: {}}
secrets: [PIN, PADDED, LONG]
steps: [{id: say, run: 'true'}]
`;

async function withSecrets(): Promise<Repository> {
  const repository = new Repository({ 'tools/tell.yaml': tell('tell'), 'tools/told.yaml': tell('told') });
  await repository.must(['init', '--member', 'ada']);
  for (const [name, value] of Object.entries({ PIN, PADDED, LONG }))
    await repository.must(['secret', 'set', name], value);
  return repository;
}

test('a secret that is given as a number is refused', async () => {
  using repository = await withSecrets();
  await using program = await McpProgram.start(repository);
  const given = [
    ['n', Number(PIN)],
    ['n', -Number(PIN)],
    ['n', Number(PIN) + 0.5],
    ['n', Number(PADDED)],
    ['n', Number(LONG)],
    ['list', [1, [Number(PIN)]]],
    ['object', { deep: { er: Number(PIN) } }],
    ['object', { [PIN]: 1 }],
  ] as const;
  for (const [at, [name, value]] of given.entries()) {
    // After five refusals a tool takes no more calls.
    const tool = at % 2 === 0 ? 'tell' : 'told';
    const refused = await program.client.callTool({ name: tool, arguments: { [name]: value } });
    expect(refused.isError).toBe(true);
    expect(textOf(refused)).toContain(`the argument "${name}" of ${tool} contains a secret value`);
  }
  expect(JSON.parse(await repository.must(['runs', 'list', '--json'])).runs).toEqual([]);
  const fine = { n: 91827365, list: [91827, 3], object: { a: 1e21 } };
  expect((await program.client.callTool({ name: 'tell', arguments: fine })).isError).toBe(false);
});

test('a secret that is given as a number does not stand in the journal', async () => {
  using repository = await withSecrets();
  for (const args of [[`n=${PIN}`], [`n=${Number(PADDED)}`], [`list=[1, ${PIN}]`, `object={"a": ${PIN}}`]]) {
    await repository.must(['run', 'tell', ...args.flatMap((one) => ['--arg', one])]);
    const shown = await repository.must(['runs', 'show', 'last', '--json']);
    expect(JSON.parse(shown).args).not.toHaveProperty(args[0]?.split('=')[0] ?? '');
    for (const text of [PIN, String(Number(PADDED))]) expect(shown).not.toContain(text);
  }
});
