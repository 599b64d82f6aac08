import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Interruption } from '../../src/cli/interruption.ts';

class FakeProcess extends EventEmitter {
  readonly pid = 4711;
  readonly killed: unknown[] = [];

  kill(...how: unknown[]): void {
    this.killed.push([...how, this.listenerCount('SIGINT')]);
  }
}

test('once is graceful, twice is immediate, three times is left to the system', () => {
  const source = new FakeProcess();
  const { signal, urgent } = new Interruption(source);
  source.emit('SIGINT', 'SIGINT');
  expect([signal.aborted, urgent.aborted, source.killed]).toEqual([true, false, []]);
  expect(signal.reason.name).toBe('AbortError');
  source.emit('SIGTERM', 'SIGTERM');
  expect([urgent.aborted, source.killed]).toEqual([true, []]);
  source.emit('SIGINT', 'SIGINT');
  expect(source.killed).toEqual([[4711, 'SIGINT', 0]]);
});

test('nothing is listened for until somebody wants to wind down', () => {
  const source = new FakeProcess();
  const interruption = new Interruption(source);
  expect(source.listenerCount('SIGINT')).toBe(0);
  expect(interruption.signal).toBe(interruption.signal);
  expect(source.listenerCount('SIGINT')).toBe(1);
});

test('cancel counts as the first', () => {
  const source = new FakeProcess();
  const interruption = new Interruption(source);
  interruption.cancel();
  interruption.cancel();
  expect([interruption.signal.aborted, interruption.urgent.aborted]).toEqual([true, false]);
  source.emit('SIGINT', 'SIGINT');
  expect(interruption.urgent.aborted).toBe(true);
});
