import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunPrinter } from '../../../src/cli/render/run.ts';
import type { Event, RunReport } from '../../../src/run/event.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const REPORT: RunReport = { run: 'r', tool: 't', status: 'succeeded', steps: [], outputs: {}, durationMs: 1 };

/** A printer on a pipe. */
function pipe(isPlain = false) {
  const stream = new PassThrough();
  const printer = new RunPrinter(stream, { color: false, isTerminal: false, isPlain });
  const print = (event: Event) => void printer.print(event);
  return {
    says: (step: string, text: string, of: 'stdout' | 'stderr' = 'stdout') =>
      print({ type: 'output', step, stream: of, text }),
    notice: (step: string, message: string) => print({ type: 'notice', step, message }),
    finish: () => print({ type: 'run-finished', report: REPORT }),
    /** What has come since it was last asked. */
    shown: () => String(stream.read() ?? ''),
    seconds: (count: number) => vi.advanceTimersByTime(count * 1000),
  };
}

describe('an unfinished line, in a pipe', () => {
  it('is shown after a quiet second, and continues in place', () => {
    const { says, seconds, shown } = pipe();
    says('a', 'Password: ');
    expect(shown()).toBe('');
    seconds(2);
    expect(shown()).toBe('a | Password: ');
    seconds(60);
    expect(shown()).toBe('');
    says('a', 'ok\nnext\n');
    expect(shown()).toBe('ok\na | next\n');
  });

  it('is shown every two seconds while it grows', () => {
    const { says, seconds, shown } = pipe();
    const all = [];
    for (let second = 0; second < 6; second++) {
      says('a', '.');
      seconds(1);
      all.push(shown());
    }
    expect(all).toEqual(['', 'a | ..', '', '..', '', '..']);
  });

  it('that is rewritten again and again is shown every ten seconds in its current state', () => {
    const { says, seconds, shown } = pipe();
    const all = [];
    for (let second = 0; second < 30; second++) {
      says('a', `\r${second} %`);
      seconds(1);
      all.push(shown());
    }
    says('a', '\rdone\n');
    all.push(shown());
    expect(all.filter((text) => text !== '')).toEqual(['a | 9 %', '\na | 19 %', '\na | 29 %', '\na | done\n']);
  });

  it('remembers a carriage return at its end', () => {
    const { says, seconds, shown } = pipe();
    says('a', '10 %\r');
    seconds(2);
    says('a', '20 %\r');
    seconds(2);
    says('a', '\n');
    expect(shown()).toBe('a | 10 %\na | 20 %\n');
  });

  it('is ended by other output, and begins again', () => {
    const { says, notice, seconds, shown, finish } = pipe();
    says('a', 'half');
    seconds(2);
    says('b', 'whole\n');
    says('a', ' of it\n');
    says('a', 'err', 'stderr');
    seconds(2);
    says('a', 'out\n');
    says('a', 'x');
    seconds(2);
    notice('a', 'said');
    says('a', 'last');
    seconds(2);
    finish();
    expect(shown()).toBe(
      'a | half\nb | whole\na |  of it\na | err\na | out\na | x\na | said\na | last\nok t (no step ran; 0.001 s)\n',
    );
    seconds(60);
    expect(shown()).toBe('');
  });
});

describe('a line that was rewritten', () => {
  it('shows its last state', () => {
    const { says, shown } = pipe();
    says('a', '10 %\r50 %\r100 %\r\nwindows\r\n\r\n');
    expect(shown()).toBe('a | 100 %\na | windows\na | \n');
  });
});

describe('the output of a step', () => {
  it('is not a command of a CI system behind its prefix, in whatever pieces it comes', () => {
    const { says, seconds, shown } = pipe();
    says('a', 'x ##[add-path]/evil\n##vso[task.setvariable]y\n::error::z\n#');
    seconds(2);
    says('a', '#');
    seconds(2);
    says('a', 'vso');
    seconds(2);
    says('a', '[task]w\n');
    expect(shown()).toBe(
      'a | x ##\\u005badd-path]/evil\na | ##vso\\u005btask.setvariable]y\na | ::error::z\na | ##vso\\u005btask]w\n',
    );
  });

  it('does not form a command where its colours are left out', () => {
    const { says, shown } = pipe(true);
    says('a', 'half\u001b[31mof\u001b[0m it\u0007\n');
    expect(shown()).toBe('a | half of it\u0007\n');
  });
});
