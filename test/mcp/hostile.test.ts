import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { McpWire, type WireAnswer, type WireOptions } from '../rig/mcp-wire.ts';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const repository = new Repository({
  'tools/hello.yaml': `kind: tool
name: hello
args:
  name: {type: string, maxLength: 100, pattern: '^(a+)+$'}
  count: {type: integer, default: 1}
steps: [{id: say, run: 'echo "hello $INPUT_NAME"'}]
`,
  'tools/gate.yaml': "kind: tool\nname: gate\nsteps: [{id: open, approve: always, run: 'touch opened'}]\n",
});
let server: ServedRepository;
let wire: McpWire;
let stranger = '';
let session = '';
let strangeSession = '';

beforeAll(async () => {
  await repository.must(['init', '--member', 'ada']);
  stranger = (await repository.must(['token', 'make', 'stranger', '--scope', 'run', '--tool', 'gate'])).trim();
  server = await ServedRepository.start(repository);
  wire = new McpWire(server);
  session = (await wire.begin()).session ?? '';
  strangeSession = (await wire.begin(stranger)).session ?? '';
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  repository[Symbol.dispose]();
});

/** What an answer has to be: a refusal, or one that does no harm. */
type Wanted = 'refused' | 'harmless';
type Case = readonly [name: string, wanted: Wanted, attack: () => Promise<WireAnswer>];

/** A message of the session. */
const say = (message: object, options: WireOptions = {}) =>
  wire.send(
    { jsonrpc: '2.0', id: 7, ...message },
    { ...options, headers: { 'mcp-session-id': session, ...options.headers } },
  );
const raw = (body: string | Uint8Array | undefined, options: WireOptions = {}) =>
  wire.send(body, { ...options, headers: { 'mcp-session-id': session, ...options.headers } });
const call = (name: unknown, args?: unknown) =>
  say({ method: 'tools/call', params: { name, ...(args !== undefined && { arguments: args }) } });
const read = (uri: unknown) => say({ method: 'resources/read', params: { uri } });
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const LONG = 'x'.repeat(100_000);

const WRONG_ORDER: readonly Case[] = [
  ['a call before a session', 'refused', () => wire.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' })],
  [
    'a second initialize',
    'refused',
    () =>
      say({
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
      }),
  ],
  [
    'initialize without what it needs',
    'refused',
    () => wire.send({ jsonrpc: '2.0', id: 1, method: 'initialize', params: {} }),
  ],
  ['initialize as a notification', 'refused', () => wire.send({ jsonrpc: '2.0', method: 'initialize', params: {} })],
  ['a session that is none', 'refused', () => say({ method: 'tools/list' }, { headers: { 'mcp-session-id': 'none' } })],
  [
    'a session with a long name',
    'refused',
    () => say({ method: 'tools/list' }, { headers: { 'mcp-session-id': 'x'.repeat(8000) } }),
  ],
  ['an empty session', 'refused', () => say({ method: 'tools/list' }, { headers: { 'mcp-session-id': '' } })],
  [
    'a session of another token',
    'refused',
    () => say({ method: 'tools/list' }, { headers: { 'mcp-session-id': strangeSession } }),
  ],
  ['our session by another token', 'refused', () => say({ method: 'tools/list' }, { token: stranger })],
  ['a stream of another token', 'refused', () => raw(undefined, { method: 'GET', token: stranger })],
  ['the end of a session of another token', 'refused', () => raw(undefined, { method: 'DELETE', token: stranger })],
  ['a stream without a session', 'refused', () => wire.send(undefined, { method: 'GET' })],
  ['the end of no session', 'refused', () => wire.send(undefined, { method: 'DELETE' })],
  [
    'a version that is none',
    'refused',
    () => say({ method: 'tools/list' }, { headers: { 'mcp-protocol-version': '1999-01-01' } }),
  ],
  [
    'the newer version without its envelope',
    'refused',
    () => say({ method: 'tools/list' }, { headers: { 'mcp-protocol-version': '2026-07-28' } }),
  ],
  ['an answer to nothing', 'harmless', () => raw(JSON.stringify({ jsonrpc: '2.0', id: 99, result: {} }))],
  [
    'an error to nothing',
    'harmless',
    () => raw(JSON.stringify({ jsonrpc: '2.0', id: 99, error: { code: 1, message: 'x' } })),
  ],
  [
    'a cancellation of nothing',
    'harmless',
    () => raw(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } })),
  ],
  [
    'the same once more',
    'harmless',
    () => raw(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 99 } })),
  ],
  [
    'progress of nothing',
    'harmless',
    () =>
      raw(
        JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 1, progress: 1 } }),
      ),
  ],
  [
    'a notification that is none',
    'harmless',
    () => raw(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/nothing' })),
  ],
];

const TRANSPORT: readonly Case[] = [
  ...['PUT', 'PATCH', 'OPTIONS'].map((method): Case => [`${method}`, 'refused', () => raw(undefined, { method })]),
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'application/xml', undefined].map(
    (type): Case => [
      `content of type ${type}`,
      'refused',
      () => raw('{"jsonrpc":"2.0","id":1,"method":"tools/list"}', { headers: { 'content-type': type } }),
    ],
  ),
  [
    'an answer in no form that we give',
    'refused',
    () => say({ method: 'tools/list' }, { headers: { accept: 'text/html' } }),
  ],
  ...[
    '',
    '{',
    'null',
    '1',
    '"x"',
    'true',
    '{}',
    '[]',
    '\u0000',
    '{"jsonrpc":"2.0","id":1,"method":"tools/list"}}',
    "{'a':1}",
  ].map((body): Case => [`the body ${JSON.stringify(body)}`, 'refused', () => raw(body)]),
  ['bytes that are not UTF-8', 'refused', () => raw(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))],
  ['a body of 2 MB', 'refused', () => raw(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x'.repeat(2_000_000) }))],
  ['100,000 levels', 'refused', () => raw(deep(100_000))],
  [
    '100,000 levels of arguments',
    'refused',
    () =>
      raw(
        `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hello","arguments":{"name":${deep(100_000)}}}}`,
      ),
  ],
  [
    'a batch',
    'refused',
    () => raw(JSON.stringify(Array.from({ length: 1000 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' })))),
  ],
  ['no token', 'refused', () => say({ method: 'tools/list' }, { headers: { authorization: undefined } })],
  ['another token', 'refused', () => say({ method: 'tools/list' }, { token: 'lockstep_none' })],
  ['the token in the address only', 'refused', () => raw('{}', { headers: { authorization: 'Basic eDp5' } })],
  ['another origin', 'refused', () => say({ method: 'tools/list' }, { headers: { origin: 'http://evil.example' } })],
];

const MESSAGES: readonly Case[] = [
  ...[
    { jsonrpc: '1.0' },
    { jsonrpc: 2 },
    { jsonrpc: undefined },
    { id: {} },
    { id: [] },
    { id: true },
    { id: 1.5 },
    { method: undefined },
    { method: 1 },
  ].map(
    (wrong): Case => [
      `the message with ${JSON.stringify(wrong)}`,
      'refused',
      () => say({ method: 'tools/list', ...wrong }),
    ],
  ),
  ['a huge id', 'harmless', () => say({ id: LONG, method: 'ping' })],
  ['an id that no number holds', 'refused', () => raw('{"jsonrpc":"2.0","id":1e999,"method":"ping"}')],
  ...[
    'nothing/at-all',
    '__proto__',
    'constructor',
    'tools/call\n',
    LONG,
    '',
    'server/discover',
    'tasks/list',
    'sampling/createMessage',
    'roots/list',
  ].map((method): Case => [`the method ${method.slice(0, 20)}`, 'refused', () => say({ method })]),
  ...[[], 'x', 1, null].map(
    (params): Case => [`params ${JSON.stringify(params)}`, 'refused', () => say({ method: 'tools/call', params })],
  ),
];

const TOOLS: readonly Case[] = [
  ...[
    undefined,
    1,
    '',
    '../hello',
    'hello\u0000',
    '__proto__',
    'constructor',
    'toString',
    'HELLO',
    'hello ',
    LONG,
    {},
  ].map(
    (name): Case => [`the tool ${JSON.stringify(name)?.slice(0, 20)}`, 'refused', () => call(name, { name: 'aaa' })],
  ),
  ...[[], 'x', 1, null, undefined, {}].map(
    (args): Case => [`arguments ${JSON.stringify(args)}`, 'refused', () => call('hello', args)],
  ),
  ['an unknown argument', 'refused', () => call('hello', { name: 'aaa', more: 1 })],
  [
    'a thousand of them',
    'refused',
    () => call('hello', Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`a${at}`, at]))),
  ],
  [
    'the argument __proto__',
    'refused',
    () =>
      raw(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hello","arguments":{"__proto__":{"name":"aaa"}}}}',
      ),
  ],
  ['the argument constructor', 'refused', () => call('hello', { name: 'aaa', constructor: 1 })],
  ['a list for a text', 'refused', () => call('hello', { name: ['aaa'] })],
  ['an object for a text', 'refused', () => call('hello', { name: { toString: 'aaa' } })],
  ['a pattern bomb', 'refused', () => call('hello', { name: `${'a'.repeat(99)}!` })],
  ['a text that is too long', 'refused', () => call('hello', { name: 'a'.repeat(1_000_000) })],
  ['half a number', 'refused', () => call('hello', { name: 'aaa', count: 1.5 })],
  [
    'a number that no number holds',
    'refused',
    () =>
      raw(
        '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hello","arguments":{"name":"aaa","count":1e999}}}',
      ),
  ],
  [
    'arguments that nest',
    'refused',
    () =>
      raw(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"hello","arguments":{"name":${deep(40)}}}}`),
  ],
  [
    'a tool that the token may not use',
    'refused',
    () => wire.modern('tools/call', { name: 'hello', arguments: { name: 'aaa' } }, { token: stranger }),
  ],
  ['a task', 'refused', () => say({ method: 'tools/call', params: { name: 'gate', task: { ttl: 1 } } })],
];

const THE_REST: readonly Case[] = [
  ...['zzz', LONG, 1, {}].map(
    (cursor): Case => [
      `the cursor ${JSON.stringify(cursor).slice(0, 20)}`,
      'refused',
      () => say({ method: 'tools/list', params: { cursor } }),
    ],
  ),
  ...[undefined, 'none', '__proto__', 1].map(
    (name): Case => [`the prompt ${name}`, 'refused', () => say({ method: 'prompts/get', params: { name } })],
  ),
  ...[
    '',
    1,
    LONG,
    'file:///etc/passwd',
    'lockstep://',
    'lockstep://runs/../../vault',
    'lockstep://runs/%2e%2e',
    'lockstep://runs/last',
    'lockstep://plans/',
    'lockstep://plans/__proto__',
    'lockstep://secrets',
    'LOCKSTEP://runs',
  ].map((uri): Case => [`the resource ${String(uri).slice(0, 30)}`, 'refused', () => read(uri)]),
  ['a plan with arguments that are none', 'harmless', () => read('lockstep://plans/hello?name=aaa&more=1&__proto__=1')],
  ...[
    {},
    { ref: { type: 'ref/nothing' } },
    { ref: { type: 'ref/resource', uri: 1 }, argument: { name: 'x', value: 'y' } },
  ].map(
    (params): Case => [
      `to complete ${JSON.stringify(params)}`,
      'refused',
      () => say({ method: 'completion/complete', params }),
    ],
  ),
  [
    'to complete what is not there',
    'harmless',
    () =>
      say({
        method: 'completion/complete',
        params: { ref: { type: 'ref/prompt', name: '__proto__' }, argument: { name: '__proto__', value: LONG } },
      }),
  ],
  ['a log level that is none', 'refused', () => say({ method: 'logging/setLevel', params: { level: 'loud' } })],
  ['to watch a number', 'refused', () => say({ method: 'resources/subscribe', params: { uri: 1 } })],
  ['to watch a very long address', 'refused', () => say({ method: 'resources/subscribe', params: { uri: LONG } })],
];

const MODERN: readonly Case[] = [
  [
    'no envelope',
    'refused',
    () =>
      wire.send(
        { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: {} } },
        { headers: { 'mcp-protocol-version': '2026-07-28' } },
      ),
  ],
  [
    'a version that is none in the envelope',
    'refused',
    () => wire.modern('tools/list', {}, { meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' } }),
  ],
  [
    'capabilities that are a text',
    'refused',
    () => wire.modern('tools/list', {}, { meta: { 'io.modelcontextprotocol/clientCapabilities': 'all' } }),
  ],
  [
    'another method in the header',
    'refused',
    () => wire.modern('tools/list', {}, { headers: { 'mcp-method': 'tools/call' } }),
  ],
  [
    'another name in the header',
    'refused',
    () => wire.modern('tools/call', { name: 'gate' }, { headers: { 'mcp-name': 'hello' } }),
  ],
  [
    'another version in the header',
    'refused',
    () => wire.modern('tools/list', {}, { headers: { 'mcp-protocol-version': '2025-11-25' } }),
  ],
  ['a method of the older version', 'refused', () => wire.modern('ping')],
  ['initialize', 'refused', () => wire.modern('initialize')],
  ...['x', 'v1.eyJwIjp7fX0.AAAA', LONG, '', `v1.${'A'.repeat(100)}.${'B'.repeat(43)}`].map(
    (requestState): Case => [
      `the state ${requestState.slice(0, 20)}`,
      'refused',
      () => wire.modern('tools/call', { name: 'gate', requestState }),
    ],
  ),
  ['a state that is an object', 'refused', () => wire.modern('tools/call', { name: 'gate', requestState: {} })],
  [
    'answers before a question',
    'refused',
    () =>
      wire.modern('tools/call', {
        name: 'gate',
        inputResponses: { 'approval-1': { action: 'accept', content: { approve: true } } },
      }),
  ],
  ['a subscription to nothing', 'refused', () => wire.modern('subscriptions/listen', { notifications: 1 })],
];

const ALL = [...WRONG_ORDER, ...TRANSPORT, ...MESSAGES, ...TOOLS, ...THE_REST, ...MODERN];

describe('a hostile client', () => {
  test('has more than a hundred ways', () => {
    expect(ALL.length).toBeGreaterThanOrEqual(100);
  });

  test.each(ALL)('gets nowhere with %s', async (_, wanted, attack) => {
    const { status, text, message } = await attack();
    // Never a bug of ours, nor a word about our insides.
    expect(status, text.slice(0, 300)).toBeLessThan(500);
    expect(message?.error?.code, text.slice(0, 300)).not.toBe(-32603);
    expect(text).not.toMatch(/node_modules|at .*\.(?:ts|cjs|mjs):\d+|canary/);
    if (wanted === 'harmless') return;
    const isRefused = status >= 400 || message?.error !== undefined || message?.result?.isError === true;
    expect(isRefused, `${status} ${text.slice(0, 300)}`).toBe(true);
  });

  test('has started nothing, and the server works on for others', async () => {
    expect(JSON.parse(await repository.must(['runs', 'list', '--json'])).runs).toEqual([]);
    expect((await say({ method: 'tools/list' })).message.result.tools).toHaveLength(2);
    expect((await wire.modern('tools/list')).message.result.tools).toHaveLength(2);
  });
});
