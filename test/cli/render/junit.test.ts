import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { junitXml, type Suite, suiteOf } from '../../../src/cli/render/junit.ts';
import type { RunReport, StepReport } from '../../../src/run/event.ts';

const FAILED: StepReport = {
  id: 'a',
  status: 'failed',
  exitCode: 1,
  attempts: 1,
  durationMs: 1500,
  reason: { why: 'exit-code', code: 1 },
};
const REPORT: RunReport = { run: 'r', tool: 't', status: 'failed', steps: [FAILED], outputs: {}, durationMs: 2000 };

/** By a parser that is not ours: every element with its attributes and text. */
function parsed(suite: Suite): string[] {
  const script = [
    'import sys, xml.etree.ElementTree as tree',
    'for one in tree.fromstring(sys.stdin.buffer.read()).iter():',
    '  print(ascii([one.tag, one.get("name"), one.get("message"), (one.text or "").strip()]))',
  ].join('\n');
  return execFileSync('python3', ['-c', script], { input: junitXml(suite), encoding: 'utf8' })
    .trim()
    .split('\n');
}

it('stays well-formed whatever a step wrote', () => {
  const every = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
  const lines = [`${every}\ud800\uffff\ufffe\u{1f600}`, ']]></failure><!-- & "\' <a b="c">', '\u001b[31mred\u001b[0m'];
  const suite = suiteOf(REPORT, [{ report: FAILED, lines, buried: true }]);
  const failure = parsed(suite).find((line) => line.startsWith("['failure'"));
  expect(failure).toContain(']]></failure><!-- & "\\\' <a b="c">\\nred');
});

it('names the item that failed, and reports a run that failed without a step', () => {
  const item = { ...FAILED, id: 'a[0]' };
  const cases = parsed(suiteOf(REPORT, [{ report: item, lines: ['said'], buried: false }]));
  expect(cases).toContain("['testcase', 'a[0]', None, '']");
  expect(cases).toContain("['failure', None, 'exit code 1', 'exit code 1\\nsaid']");
  const slow = suiteOf({ ...REPORT, steps: [], reason: { why: 'timeout', afterMs: 5000 } }, []);
  expect(parsed(slow)).toContain("['error', None, 'timed out after 5 s', 'timed out after 5 s']");
  expect(parsed(suiteOf({ ...REPORT, steps: [], status: 'cancelled' }, []))).toContain(
    "['error', None, 'cancelled', 'cancelled']",
  );
});

it('counts forgiven failures, and failures below them, as skipped, also in a run that failed', () => {
  const xml = junitXml(suiteOf({ ...REPORT, status: 'succeeded' }, [{ report: FAILED, lines: [], buried: false }]));
  expect(xml).toContain('<testsuites tests="1" failures="0" errors="0" skipped="1" time="2">');
  const steps = [{ ...FAILED, id: 'call/in' }, { ...FAILED, id: 'call', forgiven: true as const }, FAILED];
  const failed = junitXml(suiteOf({ ...REPORT, steps }, []));
  expect(failed).toContain('<testsuites tests="3" failures="1" errors="0" skipped="2" time="2">');
});
