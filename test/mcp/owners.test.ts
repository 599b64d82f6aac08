import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startIssuer } from '../rig/issuer.ts';
import { McpWire, type WireAnswer } from '../rig/mcp-wire.ts';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const gate = (name: string, more: string) =>
  `kind: tool\nname: ${name}\n${more}steps: [{id: open, approve: always, run: 'touch ${name}-opened'}]\n`;
const FILES = { 'tools/gate.yaml': gate('gate', 'detach: true\n'), 'tools/short.yaml': gate('short', '') };

const TASKS = 'io.modelcontextprotocol/tasks';
const META = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {}, extensions: { [TASKS]: {} } } };
const YES = { 'approval-1': { action: 'accept', content: { approve: true } } };

/** A client of tasks, with a token for each request. */
class TaskClient {
  readonly #wire: McpWire;

  constructor(server: ServedRepository) {
    this.#wire = new McpWire(server);
  }

  call(token: string, params: object): Promise<WireAnswer> {
    return this.#wire.modern('tools/call', { ...params }, { token, meta: META });
  }

  /** Starts the task of `gate`, and waits until it asks. */
  async begin(token: string): Promise<string> {
    const begun = await this.call(token, { name: 'gate' });
    const { taskId } = begun.message.result;
    const statusOf = async () => (await this.ask(token, 'get', taskId)).message.result.status;
    await expect.poll(statusOf).toBe('input_required');
    return taskId;
  }

  ask(token: string, what: 'get' | 'update' | 'cancel', taskId: string, params: object = {}): Promise<WireAnswer> {
    const options = { token, meta: META, headers: { 'mcp-name': taskId } };
    return this.#wire.modern(`tasks/${what}`, { taskId, ...params }, options);
  }
}

async function withVault(): Promise<Repository> {
  const repository = new Repository(FILES);
  await repository.must(['init', '--member', 'ada']);
  return repository;
}

test('no token takes the name of the token that serve prints, or of a person of an issuer', async () => {
  using repository = await withVault();
  for (const name of ['serve', 'oidc:ada']) {
    const { code, stderr } = await repository.lockstep(['token', 'make', name]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`the name "${name}" is not free`);
  }
  // One that an older Lockstep has made.
  const token = (await repository.must(['token', 'make', 'other'])).trim();
  const folder = join(repository.place, 'state', 'tokens');
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const at = join(folder, file);
  await using server = await ServedRepository.start(repository);
  const wire = new McpWire(server);
  expect((await wire.modern('tools/list', {}, { token })).status).toBe(200);
  writeFileSync(at, readFileSync(at, 'utf8').replace('"other"', '"serve"'));
  expect((await wire.modern('tools/list', {}, { token })).status).toBe(401);
});

test('a task belongs to a token, not to the name of one', async () => {
  using repository = await withVault();
  const make = async (...scopes: string[]) => (await repository.must(['token', 'make', 'host', ...scopes])).trim();
  const first = await make('--scope', 'run', '--scope', 'approve');
  await using server = await ServedRepository.start(repository);
  const client = new TaskClient(server);
  const task = await client.begin(first);
  await repository.must(['token', 'revoke', 'host']);
  const second = await make('--scope', 'run', '--scope', 'approve');
  for (const what of ['get', 'update', 'cancel'] as const)
    expect((await client.ask(second, what, task, { inputResponses: YES })).message.error.message).toBe('Unknown task');
  expect(existsSync(join(repository.root, 'gate-opened'))).toBe(false);
});

test('who answers or cancels needs the scope, the tool and the group at that time', async () => {
  using repository = await withVault();
  await using issuer = await startIssuer();
  const access = join(repository.place, 'access.json');
  const rules = [
    { claim: 'is', value: 'whole', scopes: ['run', 'approve'] },
    { claim: 'is', value: 'runner', scopes: ['run'] },
    { claim: 'is', value: 'reader', scopes: ['read'] },
    { claim: 'is', value: 'toolless', scopes: ['run', 'approve'], tools: ['short'] },
    { claim: 'is', value: 'groupless', scopes: ['run', 'approve'], groups: ['prod'] },
  ];
  writeFileSync(access, JSON.stringify({ rules }));
  const flags = ['--oidc-issuer', issuer.url, '--oidc-audience', 'lockstep', '--access', access];
  await using server = await ServedRepository.start(repository, flags);
  const client = new TaskClient(server);
  // All of one person.
  const as = (is: string) => issuer.token({ is });
  const [whole, runner, reader] = [await as('whole'), await as('runner'), await as('reader')];
  const task = await client.begin(whole);
  const errorOf = async (answer: Promise<WireAnswer>) => (await answer).message.error?.message;
  const update = (token: string) => errorOf(client.ask(token, 'update', task, { inputResponses: YES }));
  expect(await update(reader)).toContain('does not have the scope "approve"');
  expect(await update(runner)).toContain('does not have the scope "approve"');
  expect(await errorOf(client.ask(reader, 'cancel', task))).toContain('does not have the scope "run"');
  expect(await update(await as('toolless'))).toBe('Unknown task');
  expect(await update(await as('groupless'))).toContain('may not use the group "default"');

  const asked = (await client.call(whole, { name: 'short' })).message.result;
  const { requestState } = asked;
  expect(Object.keys(asked.inputRequests)).toEqual(['approval-1']);
  const again = (token: string) => client.call(token, { name: 'short', requestState, inputResponses: YES });
  expect(await errorOf(again(runner))).toContain('does not have the scope "approve"');
  expect(await errorOf(again(await as('groupless')))).toContain('may not use the group "default"');
  for (const tool of ['gate', 'short']) expect(existsSync(join(repository.root, `${tool}-opened`))).toBe(false);

  expect((await again(whole)).message.result.isError).toBe(false);
  expect(await update(whole)).toBeUndefined();
  await expect.poll(async () => (await client.ask(whole, 'get', task)).message.result.status).toBe('completed');
  for (const tool of ['gate', 'short']) expect(existsSync(join(repository.root, `${tool}-opened`))).toBe(true);
});
