import { describe, expect, test } from 'vitest';
import { schedule } from '../../../src/run/interpreter/schedule.ts';

const item = (id: string, ...needs: string[]) => ({ id, needs: needs.map((name) => ({ name })) });

/** Work that ends when the test says so. */
function hands() {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const work = ({ id }: { id: string }): Promise<void> => {
    const end = Promise.withResolvers<void>();
    started.push(id);
    ends.set(id, end);
    return end.promise;
  };
  const end = async (id: string) => {
    ends.get(id)?.resolve();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  };
  const fail = (id: string, error: Error) => ends.get(id)?.reject(error);
  return { started, work, end, fail };
}

describe('schedule', () => {
  test('starts tasks without needs at once, in written order, and the others when all their needs have ended', async () => {
    const { started, work, end } = hands();
    const done = schedule([item('c', 'a', 'b'), item('b'), item('a'), item('d', 'c')], work);
    expect(started).toEqual(['b', 'a']);
    await end('a');
    expect(started).toEqual(['b', 'a']);
    await end('b');
    expect(started).toEqual(['b', 'a', 'c']);
    await end('c');
    await end('d');
    await done;
    expect(started).toEqual(['b', 'a', 'c', 'd']);
  });

  test('tasks that become ready at one end start in written order', async () => {
    const { started, work, end } = hands();
    const done = schedule([item('a'), item('z', 'a'), item('m', 'a'), item('b', 'a')], work);
    await end('a');
    expect(started).toEqual(['a', 'z', 'm', 'b']);
    for (const id of ['b', 'm', 'z']) await end(id);
    await done;
  });

  test('a need that is written twice counts once', async () => {
    const { started, work, end } = hands();
    const done = schedule([item('a'), item('b', 'a', 'a')], work);
    await end('a');
    expect(started).toEqual(['a', 'b']);
    await end('b');
    await done;
  });

  test('an empty schedule ends at once', async () => {
    await expect(schedule([], () => Promise.reject(new Error('never')))).resolves.toBeUndefined();
  });

  test('a bug in a task is thrown only when no task is running', async () => {
    const { started, work, end, fail } = hands();
    const bug = new Error('a bug');
    let over = false;
    const done = schedule([item('a'), item('b'), item('c', 'b')], work).finally(() => (over = true));
    const caught = done.catch((error: unknown) => error);
    fail('a', bug);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(over).toBe(false);
    await end('b');
    expect(await caught).toBe(bug);
    expect(started).toEqual(['a', 'b']);
  });

  test('ten thousand tasks in a chain, and ten thousand side by side', async () => {
    const chain = Array.from({ length: 10_000 }, (_, at) => (at === 0 ? item('0') : item(String(at), String(at - 1))));
    const order: string[] = [];
    await schedule(chain, async ({ id }) => void order.push(id));
    expect(order).toEqual(chain.map(({ id }) => id));
    const wide = Array.from({ length: 10_000 }, (_, at) => item(String(at)));
    let ran = 0;
    await schedule([...wide, item('last', ...wide.map(({ id }) => id))], async () => void ran++);
    expect(ran).toBe(10_001);
  });
});
