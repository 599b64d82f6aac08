import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const TOOL = "kind: tool\nname: hello\nargs: {name: {type: string}}\nsteps: [{id: say, run: 'echo hello'}]\n";

let repository: Repository;
let server: ServedRepository;

beforeAll(async () => {
  repository = new Repository({ 'tools/hello.yaml': TOOL });
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN'], 'a value that nobody may see');
  server = await ServedRepository.start(repository);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  repository[Symbol.dispose]();
});

/** A request as text; the token and the right host stand in it unless the lines say otherwise. */
function request(line: string, headers: Record<string, string | undefined> = {}, body = ''): Promise<string> {
  const all = {
    Host: `127.0.0.1:${server.port}`,
    Authorization: `Bearer ${server.token}`,
    Connection: 'close',
    ...(body !== '' && { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}`));
  return server.raw(`${line} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}

const status = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const JSON_TYPE = { 'Content-Type': 'application/json' };
const START = 'POST /api/v1/runs';
const BODY = '{"tool":"hello","args":{"name":"x"}}';
const runs = async () => (await server.must('GET', '/runs')).total as number;

describe('a request is refused', () => {
  const cases: Record<
    string,
    [line: string, headers: Record<string, string | undefined>, body: string, expected: number]
  > = {
    'without a token': ['GET /api/v1/status', { Authorization: undefined }, '', 401],
    'with an empty token': ['GET /api/v1/status', { Authorization: 'Bearer ' }, '', 401],
    'with a wrong token': ['GET /api/v1/status', { Authorization: 'Bearer lockstep_wrong' }, '', 401],
    'with the token as basic authentication': [
      'GET /api/v1/status',
      { Authorization: 'Basic bG9ja3N0ZXA6eA==' },
      '',
      401,
    ],
    'with two tokens in one header': ['GET /api/v1/status', { Authorization: 'Bearer a, Bearer b' }, '', 401],
    'with the token in a cookie': ['GET /api/v1/status', { Authorization: undefined, Cookie: 'token=x' }, '', 401],
    'with the token in the query': ['GET /api/v1/status?access_token=x', { Authorization: undefined }, '', 401],
    'for another host': ['GET /api/v1/status', { Host: 'attacker.example' }, '', 421],
    'for a host that resolves to this machine': ['GET /api/v1/status', { Host: 'localtest.me' }, '', 421],
    'for our address at another port': ['GET /api/v1/status', { Host: '127.0.0.1:1' }, '', 421],
    'for our address without its port': ['GET /api/v1/status', { Host: '127.0.0.1' }, '', 421],
    'for a host with our name in front': ['GET /', { Host: 'localhost.attacker.example' }, '', 421],
    'without a host': ['GET /api/v1/status', { Host: undefined }, '', 400],
    'from another origin': ['GET /api/v1/status', { Origin: 'http://attacker.example' }, '', 403],
    'from the origin null': ['GET /api/v1/status', { Origin: 'null' }, '', 403],
    'from our host with another scheme': ['GET /api/v1/status', { Origin: 'https://127.0.0.1' }, '', 403],
    'from a page of another site': ['GET /api/v1/status', { 'Sec-Fetch-Site': 'cross-site' }, '', 403],
    'from a page of the same site at another origin': [
      'GET /api/v1/status',
      { 'Sec-Fetch-Site': 'same-site' },
      '',
      403,
    ],
    'that starts a run by GET': ['GET /api/v1/runs/x/cancel', {}, '', 404],
    'that removes by GET': ['GET /api/v1/secrets/default/TOKEN/value', {}, '', 404],
    'that views by GET': ['GET /api/v1/secrets/default/TOKEN/view', {}, '', 404],
    'that overrides its method': ['GET /api/v1/runs', { 'X-HTTP-Method-Override': 'POST', Origin: 'null' }, '', 403],
    'with a form': [START, { 'Content-Type': 'application/x-www-form-urlencoded' }, 'tool=hello', 415],
    'with text/plain': [START, { 'Content-Type': 'text/plain' }, BODY, 415],
    'with multipart': [START, { 'Content-Type': 'multipart/form-data; boundary=x' }, BODY, 415],
    'without a content type': [START, {}, BODY, 415],
    'with JSON in another charset': [START, { 'Content-Type': 'application/json; charset=utf-16' }, BODY, 415],
    'with what is not JSON': [START, JSON_TYPE, '{tool: hello}', 400],
    'with half of a JSON': [START, JSON_TYPE, '{"tool":"hel', 400],
    'with bytes that are not UTF-8': [START, { ...JSON_TYPE, 'Content-Length': '1' }, 'ÿ', 400],
    'with null': [START, JSON_TYPE, 'null', 400],
    'with a list': [START, JSON_TYPE, '[]', 400],
    'with an unknown key': [START, JSON_TYPE, '{"tool":"hello","shell":"bash"}', 400],
    'with __proto__': [START, JSON_TYPE, '{"tool":"hello","__proto__":{"admin":true}}', 400],
    'with constructor': [START, JSON_TYPE, '{"tool":"hello","constructor":{"prototype":{}}}', 400],
    'with an argument named __proto__': [START, JSON_TYPE, '{"tool":"hello","args":{"__proto__":{"x":1}}}', 422],
    'with a key twice': [START, JSON_TYPE, '{"tool":"asks","tool":"hello"}', 400],
    'with a number that loses digits': [START, JSON_TYPE, '{"tool":"hello","args":{"name":12345678901234567890}}', 400],
    'with a name that is too long': [START, JSON_TYPE, `{"tool":"${'a'.repeat(10_000)}"}`, 400],
    'with a deep JSON': [
      START,
      JSON_TYPE,
      `{"tool":"hello","args":${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}}`,
      400,
    ],
    'with a JSON of brackets only': [START, JSON_TYPE, '['.repeat(500_000), 400],
    'with a group that is a path': ['POST /api/v1/secrets/..', JSON_TYPE, '{"name":"A","value":"xxxxxxx"}', 404],
    'for a secret that is a path': ['GET /api/v1/secrets/default/..%2f..%2fvault', {}, '', 400],
    'for a file through the page': ['GET /assets/..%2f..%2fpackage.json', {}, '', 400],
    'for a file with dots': ['GET /assets/../../package.json', {}, '', 404],
    'for a file with an encoded backslash': ['GET /assets/..%5c..%5cpackage.json', {}, '', 400],
    'for a file with a NUL': ['GET /assets/app.js%00.css', {}, '', 400],
    'for a file twice encoded': ['GET /assets/%252e%252e/package.json', {}, '', 404],
    'with an unknown parameter': ['GET /api/v1/runs?debug=1', {}, '', 400],
    'with a parameter twice': ['GET /api/v1/runs?tool=a&tool=b', {}, '', 400],
    'with a limit that is not a number': ['GET /api/v1/runs?limit=1e9', {}, '', 400],
    'with a limit below 1': ['GET /api/v1/runs?limit=0', {}, '', 400],
    'with a cursor that is not in the list': ['GET /api/v1/runs?cursor=x', {}, '', 410],
    'for a run that is a path': ['GET /api/v1/runs/..%2f..%2fetc', {}, '', 400],
    'for all runs by a short name': ['GET /api/v1/runs/%20', {}, '', 404],
    'that asks for a tunnel': ['CONNECT 127.0.0.1:22', {}, '', 0],
    'that wants to trace': ['TRACE /api/v1/status', {}, '', 404],
    'with a method of its own': ['STEAL /api/v1/status', {}, '', 400],
    'with a header that is too large': ['GET /api/v1/status', { 'X-Large': 'x'.repeat(20_000) }, '', 431],
    'with a huge length': [START, { ...JSON_TYPE, 'Content-Length': '10485760' }, BODY, 413],
    'with two lengths': [START, { ...JSON_TYPE, 'Content-Length': '5, 6' }, BODY, 400],
    'with a length and chunks': [START, { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' }, BODY, 400],
  };

  test.each(Object.entries(cases))('%s', async (_, [line, headers, body, expected]) => {
    const before = await runs();
    const answer = await request(line, headers, body);
    expect(Number.isNaN(status(answer)) ? 0 : status(answer), answer.slice(0, 400)).toBe(expected);
    expect(answer).not.toContain('a value that nobody may see');
    expect(await runs()).toBe(before);
  });

  test('with two hosts, two tokens or two origins', async () => {
    for (const [name, value] of [
      ['Host', `127.0.0.1:${server.port}`],
      ['Authorization', `Bearer ${server.token}`],
      ['Origin', `http://127.0.0.1:${server.port}`],
    ]) {
      const twice = `${name}: ${value}\r\n${name}: ${value}`;
      const rest = [`Host: 127.0.0.1:${server.port}`, `Authorization: Bearer ${server.token}`]
        .filter((line) => !line.startsWith(`${name}:`))
        .join('\r\n');
      const answer = await server.raw(
        `GET /api/v1/status HTTP/1.1\r\n${rest}\r\n${twice}\r\nConnection: close\r\n\r\n`,
      );
      expect(status(answer)).toBe(400);
    }
  });

  test('after 2 MB of chunks that never end', async () => {
    const head = `POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nAuthorization: Bearer ${server.token}\r\n`;
    const chunk = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    const answer = await server.raw(
      `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`,
    );
    expect(status(answer)).toBe(413);
  });
});

test('a websocket upgrade gets an ordinary answer', async () => {
  const answer = await request('GET /api/v1/events', {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
    'Sec-WebSocket-Version': '13',
    Origin: 'http://attacker.example',
  });
  expect(status(answer)).toBe(403);
});

test('200 connections that send nothing do not block other clients', async () => {
  const slow = await Promise.all(
    Array.from(
      { length: 200 },
      () =>
        new Promise<ReturnType<typeof connect>>((resolve) => {
          const socket = connect(server.port, '127.0.0.1', () => resolve(socket));
          socket.on('error', () => undefined);
          socket.write('GET /api/v1/status HTTP/1.1\r\nHost:');
        }),
    ),
  );
  expect((await server.get('/status')).status).toBe(200);
  for (const socket of slow) socket.destroy();
});

test('event streams have a limit, and a closed one makes room for another', async () => {
  const aborts: AbortController[] = [];
  const open = async () => {
    const abort = new AbortController();
    aborts.push(abort);
    const headers = { authorization: `Bearer ${server.token}` };
    return (await fetch(new URL('/api/v1/events', server.url), { headers, signal: abort.signal })).status;
  };
  const answers = await Promise.all(Array.from({ length: 420 }, open));
  expect(answers.filter((one) => one === 200)).toHaveLength(400);
  expect(answers.filter((one) => one === 503)).toHaveLength(20);
  for (const abort of aborts) abort.abort();
  await expect.poll(open).toBe(200);
  for (const abort of aborts) abort.abort();
});

test('every answer forbids foreign scripts, frames and caches', async () => {
  for (const path of [
    '/',
    '/secrets/default/TOKEN',
    '/api/v1/status',
    '/api/v1/nothing',
    '/openapi.json',
    '/assets/app.js',
  ]) {
    const { headers } = await fetch(new URL(path, server.url));
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('set-cookie')).toBeNull();
  }
});

test('a client that guesses tokens has to wait; a client with a valid token does not', async () => {
  using other = new Repository({ 'tools/hello.yaml': TOOL });
  await using guarded = await ServedRepository.start(other);
  const guess = () => fetch(new URL('/api/v1/status', guarded.url), { headers: { authorization: 'Bearer wrong' } });
  const answers: number[] = [];
  for (let at = 0; at < 25; at += 1) answers.push((await guess()).status);
  expect(answers).toEqual([...Array(20).fill(401), ...Array(5).fill(429)]);
  expect((await guarded.get('/status')).status).toBe(200);
});
