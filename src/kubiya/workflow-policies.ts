import { field, type MapNode, textField, toJson, type YamlNode } from '../text/node.ts';
import { entry, type Findings } from './findings.ts';
import { mapping, scalar, sequence } from './native.ts';
import { type Names, onlyName } from './references.ts';

/** The native keys for when, and how often, a step of a workflow runs. */
export function translatePolicies(
  step: MapNode,
  needs: readonly YamlNode[] | undefined,
  condition: string | undefined,
  names: Names,
  findings: Findings,
): (readonly [string, YamlNode | undefined])[] {
  const tested = condition ?? precondition(step, names, findings);
  return [
    ['needs', needs && sequence(field(step, 'depends') ?? step, needs)],
    ['if', tested === undefined ? undefined : scalar(`\${{ ${tested} }}`, field(step, 'preconditions') ?? step)],
    ['timeout', timeLimit(step)],
    ['retry', retry(step, findings)],
    ['continueOnError', continuing(step, findings)],
    ...forEach(step, names, findings),
  ];
}

/** 0 means no retry. */
export function timeLimit(map: MapNode): YamlNode | undefined {
  const found = entry(map, 'timeout') ?? entry(map, 'timeoutSec');
  if (found?.value.kind === 'scalar' && found.value.text === '0') return undefined;
  return seconds(map, 'timeout') ?? seconds(map, 'timeoutSec');
}

/** Converts a number of seconds; a duration does not change. */
function seconds(map: YamlNode, key: string): YamlNode | undefined {
  const node = field(map, key);
  if (node?.kind !== 'scalar' || node.value === null) return undefined;
  return /^\d+(?:\.\d+)?$/.test(node.text) ? scalar(`${Math.ceil(Number(node.text))}s`, node) : scalar(node.text, node);
}

function retry(step: MapNode, findings: Findings): YamlNode | undefined {
  const found =
    entry(step, 'retryPolicy') ?? entry(step, 'retry_policy') ?? entry(step, 'retry') ?? entry(step, 'retries');
  if (found === undefined) return undefined;
  const { value } = found;
  const limit =
    value.kind === 'scalar' ? value.text : (textField(value, 'limit') ?? textField(value, 'max_attempts') ?? '1');
  if (!/^\d+$/.test(limit)) {
    findings.shape(value, 'how often to try again has to be a number');
    return undefined;
  }
  for (const key of ['exitCodes', 'retryOn', 'exit_codes', 'retry_on']) {
    const some = entry(value, key);
    if (some) findings.unsupported(some, 'is ignored: every failure is retried', undefined, 'warning');
  }
  if (Number(limit) === 0) return undefined;
  const backoff = Number(textField(value, 'exponentialBase') ?? textField(value, 'backoff') ?? 1);
  return mapping(value, [
    ['limit', scalar(Number(limit), value)],
    ['delay', seconds(value, 'intervalSec') ?? seconds(value, 'interval')],
    ['maxDelay', seconds(value, 'maxIntervalSec')],
    ['backoff', backoff > 1 ? scalar(backoff, value) : undefined],
  ]);
}

function continuing(step: MapNode, findings: Findings): YamlNode | undefined {
  const found = entry(step, 'continueOn') ?? entry(step, 'continue_on') ?? entry(step, 'continueOnError');
  if (found === undefined) return undefined;
  const { value } = found;
  for (const key of ['exitCode', 'output', 'skipped', 'exit_code']) {
    const some = entry(value, key);
    if (some)
      findings.unsupported(
        some,
        'is ignored: the run continues after every failure, or after none',
        undefined,
        'warning',
      );
  }
  const isOn = value.kind === 'scalar' ? value.text !== 'false' : entry(value, 'failure') !== undefined;
  return isOn ? scalar(true, value) : undefined;
}

const PRECONDITION = 'write it as - {condition: $NAME, expected: TEXT}, or remove `preconditions`';

/** `condition: $NAME` with its expected value. */
function precondition(step: MapNode, names: Names, findings: Findings): string | undefined {
  const found = entry(step, 'preconditions') ?? entry(step, 'precondition');
  if (found === undefined) return undefined;
  const items = found.value.kind === 'list' ? found.value.items : [found.value];
  const tests = items.map((item) => {
    const name = onlyName(textField(item, 'condition') ?? '', names);
    const expected = textField(item, 'expected');
    return name === undefined || expected === undefined || /^re:/.test(expected)
      ? undefined
      : `${name} == '${expected.replaceAll("'", "''")}'`;
  });
  if (tests.every((test) => test !== undefined)) return tests.join(' && ');
  findings.unsupported(
    found,
    'is not supported: a condition is `$NAME`, with the text that is expected of it',
    PRECONDITION,
  );
  return undefined;
}

/** A list, a text that names one, or a mapping of `items` and `maxConcurrent`; a step reads its item as `$ITEM`. */
function forEach(step: MapNode, names: Names, findings: Findings): (readonly [string, YamlNode | undefined])[] {
  const found = entry(step, 'parallel');
  if (found === undefined) return [];
  const items = found.value.kind === 'map' ? (field(found.value, 'items') ?? found.value) : found.value;
  const list = items.kind === 'scalar' ? onlyName(items.text, names) : listText(items);
  if (list === undefined) {
    findings.shape(items, '`parallel` has to be a list of texts, or the `$NAME` of a JSON list');
    return [];
  }
  const most = field(found.value, 'maxConcurrent') ?? field(found.value, 'max_concurrent');
  return [
    ['forEach', scalar(`\${{ fromJSON(${list}) }}`, items)],
    ['maxParallel', most],
  ];
}

/** The list as the text of an expression. */
function listText(node: YamlNode): string | undefined {
  if (node.kind !== 'list' || !node.items.every((item) => item.kind === 'scalar')) return undefined;
  return `'${JSON.stringify(toJson(node)).replaceAll("'", "''")}'`;
}
