import type { RunOutcome } from '../../project/runs/run-handle.ts';
import { describeReason, type RunReport, type StepReport } from '../../run/event.ts';
import { visible, visibleLine } from '../../text/visible.ts';
import { isBelow } from '../../util/step-path.ts';
import { harmless, withoutSequences } from '../terminal/sequences.ts';
import { withoutCommands } from '../terminal/workflow-commands.ts';
import type { Failure } from './failures.ts';

/** A run in JUnit XML: a suite whose cases are the steps, and the items that failed. */
export interface Suite {
  readonly run: string;
  readonly tool: string;
  readonly durationMs: number;
  readonly steps: readonly StepReport[];
  readonly failures: readonly Failure[];
  /** The run ended and succeeded, although a step failed: `continueOnError` allowed it. */
  readonly succeeded: boolean;
  /** The failure of the run as a whole. */
  readonly error?: string;
}

export function suiteOf(outcome: RunOutcome, failures: readonly Failure[]): Suite {
  const { tool, steps, status } = outcome;
  if (outcome.run === null) {
    const error = `nothing was started:\n${outcome.problems.map(({ message }) => message).join('\n')}`;
    return { run: '', tool, durationMs: 0, steps, failures, succeeded: false, error };
  }
  const { run, durationMs } = outcome;
  const error = wholeError(outcome);
  return { run, tool, durationMs, steps, failures, succeeded: status === 'succeeded', ...(error && { error }) };
}

/** A run that did not succeed must not look successful only because none of its steps failed. */
function wholeError({ status, reason, steps }: RunReport): string | undefined {
  if (status === 'succeeded') return undefined;
  if (reason !== undefined && reason.why !== 'call') return describeReason(reason);
  return steps.some((step) => step.status === 'failed') ? undefined : status;
}

export function junitXml(suite: Suite): string {
  const { run, tool, durationMs, steps, failures, error } = suite;
  const told = new Set(steps.map(({ id }) => id));
  const items = failures.map(({ report }) => report).filter(({ id }) => !told.has(id));
  const cases = [...steps, ...items].map((step) => caseOf(step, suite));
  if (error !== undefined) cases.push(testCase(tool, tool, durationMs, element('error', error, error)));
  const count = (tag: string) => cases.filter((one) => one.includes(`<${tag} `)).length;
  const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" time="${durationMs / 1000}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${attribute(`${tool} ${run}`)}" ${counts}>`,
    ...cases,
    '  </testsuite>',
    '</testsuites>\n',
  ].join('\n');
}

function caseOf(step: StepReport, suite: Suite): string {
  return testCase(suite.tool, step.id, step.durationMs, outcomeOf(step, suite));
}

function outcomeOf({ id, status, reason }: StepReport, { steps, failures, succeeded }: Suite): string {
  const why = reason === undefined ? status : describeReason(reason);
  if (status === 'succeeded') return '';
  if (status !== 'failed') return element('skipped', why);
  const isForgiven = steps.some((step) => step.forgiven && (step.id === id || isBelow(id, step.id)));
  if (succeeded || isForgiven) return element('skipped', `failed, and the tool continued: ${why}`);
  const lines = failures.find(({ report }) => report.id === id)?.lines ?? [];
  return element('failure', why, [visibleLine(why), ...lines].join('\n'));
}

function testCase(tool: string, name: string, durationMs: number, outcome: string): string {
  const head = `    <testcase classname="${attribute(tool)}" name="${attribute(name)}" time="${durationMs / 1000}"`;
  return outcome === '' ? `${head}/>` : `${head}>\n      ${outcome}\n    </testcase>`;
}

function element(tag: 'failure' | 'error' | 'skipped', message: string, body = ''): string {
  const head = `<${tag} message="${attribute(message)}"`;
  return body === '' ? `${head}/>` : `${head}>${escaped(body)}</${tag}>`;
}

function attribute(text: string): string {
  return escaped(harmless(text));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Removes terminal colours, and replaces characters that XML 1.0 does not allow, escaped or not. */
function escaped(text: string): string {
  return withoutCommands(visible(withoutSequences(text)))
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}
