import { describe, expect, it } from 'vitest';
import { Failures } from '../../../src/cli/render/failures.ts';
import type { EndReason, Event, StepReport } from '../../../src/run/event.ts';

function said(step: string, text: string): Event {
  return { type: 'output', step, stream: 'stdout', text };
}

function ended(id: string, status: StepReport['status'], reason?: EndReason): Event {
  const step = { id, status, exitCode: null, attempts: 1, durationMs: 1, ...(reason && { reason }) };
  return { type: 'step-finished', step };
}

function failuresOf(...events: readonly Event[]) {
  const failures = new Failures();
  for (const event of events) failures.take(event);
  return failures.list().map(({ report, lines, buried }) => ({ id: report.id, lines, buried }));
}

const EXIT: EndReason = { why: 'exit-code', code: 1 };

describe('what failed', () => {
  it('is buried only by what others wrote since, or in between', () => {
    const a = [said('a', 'x\ny'), ended('a', 'failed', EXIT)];
    expect(failuresOf(...a)).toEqual([{ id: 'a', lines: ['x', 'y'], buried: false }]);
    expect(failuresOf(said('b', 'first\n'), ...a)).toEqual([{ id: 'a', lines: ['x', 'y'], buried: false }]);
    expect(failuresOf(...a, said('b', 'z\n'))).toEqual([{ id: 'a', lines: ['x', 'y'], buried: true }]);
    expect(failuresOf(said('a', 'w\n'), said('b', 'z\n'), ...a)[0]?.buried).toBe(true);
    expect(failuresOf(ended('a', 'failed', EXIT))).toEqual([{ id: 'a', lines: [], buried: false }]);
    expect(failuresOf(ended('a', 'failed', EXIT), said('b', 'z\n'))[0]?.buried).toBe(true);
  });

  it('keeps ten lines and 16 KiB of the output of a step', () => {
    const many = Array.from({ length: 1000 }, (_, at) => `${at}\n`).join('');
    expect(failuresOf(said('a', many), ended('a', 'failed', EXIT))[0]?.lines).toHaveLength(10);
    const wide = said('a', `${'x'.repeat(9000)}\n`);
    expect(failuresOf(wide, wide, ended('a', 'failed', EXIT))[0]?.lines).toEqual(['x'.repeat(9000)]);
    const one = failuresOf(said('a', `${'x'.repeat(1e6)}\n`), ended('a', 'failed', EXIT))[0]?.lines;
    expect(one).toEqual(['x'.repeat(16 * 1024)]);
  });

  it('is what failed by itself, and not what a new attempt has put right', () => {
    const below = ended('call/a', 'failed', EXIT);
    const call = ended('call', 'failed', { why: 'call', tool: 't' });
    expect(failuresOf(below, call).map(({ id }) => id)).toEqual(['call/a']);
    const again: Event = { type: 'step-retrying', step: 'call', attempt: 2, delayMs: 0, reason: EXIT };
    expect(failuresOf(below, again, ended('call/a', 'succeeded'), ended('call', 'succeeded'))).toEqual([]);
    expect(failuresOf(ended('a', 'skipped', { why: 'condition' }), ended('b', 'cancelled'))).toEqual([]);
  });
});
