import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Interruption } from '../../../src/cli/terminal/interruption.ts';

class FakeProcess extends EventEmitter {
  readonly pid = 4711;
  readonly killed: unknown[] = [];

  kill(...how: unknown[]): void {
    this.killed.push([...how, this.listenerCount('SIGINT')]);
  }
}

test('the first signal is graceful, the second immediate, the third is left to the system', () => {
  const source = new FakeProcess();
  let now = 0;
  const { signal, urgent } = new Interruption(source, () => now);
  source.emit('SIGINT', 'SIGINT');
  expect([signal.aborted, urgent.aborted, source.killed]).toEqual([true, false, []]);
  expect(signal.reason.name).toBe('AbortError');
  now = 600;
  source.emit('SIGTERM', 'SIGTERM');
  expect([urgent.aborted, source.killed]).toEqual([true, []]);
  source.emit('SIGINT', 'SIGINT');
  expect(source.killed).toEqual([[4711, 'SIGINT', 0]]);
});

test('no signal handler is installed until a caller wants a graceful end', () => {
  const source = new FakeProcess();
  const interruption = new Interruption(source, () => 0);
  expect(source.listenerCount('SIGINT')).toBe(0);
  expect(interruption.signal).toBe(interruption.signal);
  expect(source.listenerCount('SIGINT')).toBe(1);
});

test('cancel counts as the first signal', () => {
  const source = new FakeProcess();
  const interruption = new Interruption(source, () => 0);
  interruption.cancel();
  interruption.cancel();
  expect([interruption.signal.aborted, interruption.urgent.aborted]).toEqual([true, false]);
  source.emit('SIGINT', 'SIGINT');
  expect(interruption.urgent.aborted).toBe(true);
});

test('a signal within half a second of the first is the same key press', () => {
  const source = new FakeProcess();
  let now = 1000;
  const interruption = new Interruption(source, () => now);
  const { signal, urgent } = interruption;
  source.emit('SIGINT', 'SIGINT');
  now = 1499;
  source.emit('SIGINT', 'SIGINT');
  expect([signal.aborted, urgent.aborted, interruption.received]).toEqual([true, false, 'SIGINT']);
  now = 1500;
  source.emit('SIGINT', 'SIGINT');
  expect(urgent.aborted).toBe(true);
});

test('SIGQUIT is immediate', () => {
  const source = new FakeProcess();
  const interruption = new Interruption(source, () => 0);
  const { signal, urgent } = interruption;
  source.emit('SIGQUIT', 'SIGQUIT');
  expect([signal.aborted, urgent.aborted, interruption.received]).toEqual([true, true, 'SIGQUIT']);
});
