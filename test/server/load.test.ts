import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const PER_SECOND = 20;
const STREAMS = 100;
/** A machine that other work slows down answers later: the calls that wait for it must not become an attack. */
const MOST_CALLS = 200;
const SECONDS = Number(process.env.SECONDS ?? (process.env.LONG === undefined ? 60 : 1_800));
const TOOLS = 1_000;

interface Held {
  readonly heap: number;
  readonly descriptors: number;
}

test(`${PER_SECOND} runs a second under ${STREAMS} event streams: no error, and nothing is held that was not before`, {
  timeout: (SECONDS * 2 + 120) * 1000,
}, async () => {
  using repository = manyTools();
  const child = fork(join(import.meta.dirname, '../rig/measured-server.ts'), [repository.root], {
    env: repository.env,
    execArgv: ['--expose-gc'],
  });
  const message = async () => (await once(child, 'message'))[0];
  const { url, token } = await message();
  const held = async (): Promise<Held> => {
    const answer = message();
    child.send('measure');
    return answer;
  };
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const abort = new AbortController();
  const seen: number[] = [];
  const streams = Array.from({ length: STREAMS }, async (_, at) => {
    const answer = await fetch(new URL('/api/v1/events', url), { headers, signal: abort.signal });
    seen[at] = 0;
    try {
      for await (const chunk of answer.body ?? [])
        seen[at] += Buffer.from(chunk).toString().split('"succeeded"').length - 1;
    } catch {
      // Ended by us.
    }
  });
  const failures: string[] = [];
  let done = 0;
  const start = async (at: number) => {
    const body = JSON.stringify({ tool: `tool-${at % TOOLS}` });
    const { run } = await post(new URL('/api/v1/runs', url), headers, body);
    if (run === undefined) failures.push(body);
    done += 1;
  };
  /** Keeps to the rate as long as the machine does; returns when all calls have been answered. */
  const load = async (from: number, seconds: number) => {
    const calls = new Set<Promise<void>>();
    for (let at = 0; at < seconds * PER_SECOND; at += 1) {
      const call = start(from + at).finally(() => calls.delete(call));
      calls.add(call);
      await pause(1000 / PER_SECOND);
      if (calls.size > MOST_CALLS) await Promise.race(calls);
    }
    await Promise.all(calls);
  };
  const loaded = async () => {
    await load(done, SECONDS / 2);
    await expect.poll(() => Math.min(...seen), { timeout: 20_000 }).toBe(done);
    return held();
  };
  const halfway = await loaded();
  const atEnd = await loaded();
  abort.abort();
  await Promise.all(streams);
  child.disconnect();
  expect(failures).toEqual([]);
  expect(atEnd.descriptors).toBe(halfway.descriptors);
  expect(atEnd.heap).toBeLessThan(halfway.heap * 1.02);
});

test('with 1,000 tools the server takes at most 150 MB', async () => {
  using repository = manyTools();
  await using server = await ServedRepository.start(repository);
  expect((await server.must('GET', '/tools')).tools).toHaveLength(TOOLS);
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.program.pid}/status`, 'utf8')) ?? [];
  expect(Number(kilobytes)).toBeLessThan(150 * 1000);
});

function manyTools(): Repository {
  const tools = Array.from({ length: TOOLS }, (_, at) => [
    `tools/tool-${at}.yaml`,
    `kind: tool\nname: tool-${at}\nsteps: [{id: say, run: 'true'}]\n`,
  ]);
  return new Repository(Object.fromEntries(tools));
}

/** Over a connection of its own, which is closed afterwards. */
function post(url: URL, headers: Record<string, string>, body: string): Promise<{ readonly run?: string }> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method: 'POST', headers, agent: false }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve(JSON.parse(text));
    });
    call.on('error', reject).end(body);
  });
}
