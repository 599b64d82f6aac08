import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Event } from '../../src/run/event.ts';
import { EventChannel } from '../../src/run/event-channel.ts';
import { Workshop } from '../rig/workshop.ts';

const notice = (message: string): Event => ({ type: 'notice', step: 's', message });
const numbers = (count: number) => Array.from({ length: count }, (_, at) => notice(String(at)));
const all = async (events: AsyncIterable<Event>): Promise<Event[]> => {
  const list: Event[] = [];
  for await (const event of events) list.push(event);
  return list;
};
const soon = async (promise: unknown) => {
  let settled = false;
  void Promise.resolve(promise).then(() => (settled = true));
  for (let turn = 0; turn < 5; turn++) await setImmediate();
  return settled;
};

describe('the channel', () => {
  test('keeps what came before the reader, in order, and ends when it is closed', async () => {
    const channel = new EventChannel();
    const sent = numbers(100);
    for (const event of sent) expect(channel.emit(event)).toBeUndefined();
    channel.close();
    expect(await all(channel)).toEqual(sent);
  });

  test('makes the writer wait when the reader is far behind, and lets it continue when the reader has caught up', async () => {
    const channel = new EventChannel();
    const full = numbers(1000)
      .map((event) => channel.emit(event))
      .find((promise) => promise !== undefined);
    expect(await soon(full)).toBe(false);
    const reader = channel[Symbol.asyncIterator]();
    await reader.next();
    expect(await soon(full)).toBe(false);
    for (let read = 0; read < 900; read++) await reader.next();
    await full;
  });

  test('wakes a reader that waits', async () => {
    const channel = new EventChannel();
    const reader = channel[Symbol.asyncIterator]();
    const next = reader.next();
    await setImmediate();
    void channel.emit(notice('late'));
    expect(await next).toEqual({ done: false, value: notice('late') });
    const end = reader.next();
    await setImmediate();
    channel.close();
    expect(await end).toEqual({ done: true, value: undefined });
  });

  test('lets the writer continue when the reader stops', async () => {
    const channel = new EventChannel();
    const waiting = numbers(1000).map((event) => channel.emit(event));
    for await (const _ of channel) break;
    expect(await soon(Promise.all(waiting))).toBe(true);
    expect(channel.emit(notice('more'))).toBeUndefined();
  });

  test('lets the writer continue when no reader will come', async () => {
    const channel = new EventChannel();
    const waiting = numbers(1000).map((event) => channel.emit(event));
    channel.discard();
    expect(await soon(Promise.all(waiting))).toBe(true);
    channel.close();
    expect(await all(channel)).toEqual([]);
  });

  test('continues for its reader when another caller discards the events', async () => {
    const channel = new EventChannel();
    const reader = channel[Symbol.asyncIterator]();
    void channel.emit(notice('a'));
    expect((await reader.next()).value).toEqual(notice('a'));
    void channel.emit(notice('b'));
    channel.discard();
    expect((await reader.next()).value).toEqual(notice('b'));
  });
});

describe('a run and its reader', () => {
  let workshop: Workshop;
  afterEach(() => workshop[Symbol.dispose]());
  const LOUD = {
    'tools/loud.yaml': 'steps: [{id: a, run: "head -c 100000000 /dev/zero | tr \'\\\\0\' x; echo; echo end"}]',
  };

  test('a slow reader holds up the child, and memory stays bounded', async () => {
    workshop = new Workshop(LOUD);
    const before = process.memoryUsage.rss();
    let [characters, most] = [0, 0];
    const { outcome } = await workshop.run('loud', {}, async (event) => {
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      if (event.type === 'output') characters += event.text.length;
      most = Math.max(most, process.memoryUsage.rss() - before);
    });
    expect(outcome.status).toBe('succeeded');
    // 64 MiB of a stream are shown, and the reader is told of the rest.
    expect(characters).toBe(64 * 1024 * 1024);
    expect(most).toBeLessThan(250_000_000);
  });

  test('a reader that stops does not block the run', async () => {
    workshop = new Workshop(LOUD);
    const run = (await workshop.project()).run('loud');
    for await (const event of run) if (event.type === 'output') break;
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
  });

  test('`report` alone finishes the run', async () => {
    workshop = new Workshop(LOUD);
    expect(await (await workshop.project()).run('loud').result()).toMatchObject({ status: 'succeeded' });
  });

  test('continues without a reader, and an unread failure causes no unhandled rejection', async () => {
    workshop = new Workshop({
      'tools/mark.yaml': 'args: {m: {type: string}}\nsteps: [{id: a, run: echo x > "$INPUT_M"}]',
    });
    const gate = workshop.gate();
    (await workshop.project()).run('mark', { values: { m: gate.path } });
    (await workshop.project()).run('no-such-tool');
    const { readFile } = await import('node:fs/promises');
    expect(await readFile(gate.path, 'utf8')).toBe('x\n');
  });

  test('the report rejects with the reason why the run could not start; the events just end', async () => {
    workshop = new Workshop(LOUD);
    const run = (await workshop.project()).run('laud');
    expect(await all(run)).toEqual([]);
    await expect(run.result()).rejects.toMatchObject({
      code: 'definition/unknown',
      hints: expect.arrayContaining(['did you mean "loud"?']),
    });
  });
});
