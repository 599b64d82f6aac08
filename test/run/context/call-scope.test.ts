import { expect, test } from 'vitest';
import { Redactor } from '../../../src/masking/redactor.ts';
import { CallScope } from '../../../src/run/context/call-scope.ts';
import { soundCatalog, toolNamed } from '../../definition/read.ts';

const [locked, free] = toolNamed(
  soundCatalog('kind: tool\nname: main\nsteps: [{id: a, lock: db, run: "true"}, {id: b, run: "true"}]'),
  'main',
).steps;
if (locked === undefined || free === undefined) throw new Error('the tool has two steps');

function runScope(cancel = new AbortController().signal): CallScope {
  return CallScope.ofRun(new Redactor([Buffer.from('of the run')]), { cancel });
}

test('a scope masks what the one around it masks, and keeps its own masks to itself', () => {
  const run = runScope();
  const call = run.enter({ timeoutMs: undefined, step: free, sensitive: [Buffer.from('of the call')] });
  expect(call.redactor.text('of the run, of the call')).toBe('***, ***');
  expect(run.redactor.text('of the run, of the call')).toBe('***, of the call');
});

test('a scope holds the lock of the step that makes the call, and the locks of the steps above it', () => {
  const run = runScope();
  const call = run.enter({ timeoutMs: undefined, step: locked });
  expect([...call.heldLocks, ...call.enter({ timeoutMs: undefined, step: free }).heldLocks]).toEqual(['db', 'db']);
  expect([...run.heldLocks]).toEqual([]);
});

test('a scope ends with the one around it, unless it gets an abort signal of its own', () => {
  const ctrlC = new AbortController();
  const run = runScope(ctrlC.signal);
  const call = run.enter({ timeoutMs: undefined });
  const cleanup = run.enter({ timeoutMs: undefined, cancel: new AbortController().signal });
  ctrlC.abort();
  expect([call.cancel.aborted, cleanup.cancel.aborted, call.expired]).toEqual([true, false, false]);
});

test('a scope adds its time limit to those around it, and has services of its own', () => {
  const run = runScope();
  const call = run.enter({ timeoutMs: 60_000 });
  call.leave();
  expect(call.limits.slice(0, -1)).toEqual(run.limits);
  expect(call.services).not.toBe(run.services);
});
