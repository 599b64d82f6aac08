import {
  field,
  type MapEntry,
  type MapNode,
  mapEntries,
  type ScalarNode,
  textField,
  type YamlNode,
} from '../text/node.ts';
import { shellQuoted } from '../text/shell-word.ts';
import { entry, type Findings, isEmpty, legalName } from './findings.ts';
import { filled, mapping, nodeInText, scalar } from './native.ts';
import { fieldsAsVariables, type Names, namesAny, type ScriptWithFields, withExpressions } from './references.ts';
import { translateScript } from './script.ts';
import { translateTool } from './tool.ts';
import { pairs } from './workflow-environment.ts';

/** A step as written in its workflow. */
export interface WorkflowStep {
  readonly map: MapNode;
  readonly id: ScalarNode;
  /** The name that later steps use to read its standard output. */
  readonly output: string | undefined;
  /** The name of the workflow. */
  readonly workflow: string;
  readonly names: Names;
}

/** The action of a step in native keys, and the called tool if the workflow itself holds it. */
export interface StepBody {
  readonly entries: readonly (readonly [string, YamlNode | undefined])[];
  readonly tool?: MapNode;
}

export function translateBody(step: WorkflowStep, findings: Findings): StepBody {
  const { map } = step;
  const executor = field(map, 'executor');
  const type = executor?.kind === 'scalar' ? executor.text : (textField(executor, 'type') ?? 'command');
  const config = field(executor, 'config');
  const tool = entry(map, 'tool');
  if (executor === undefined && tool !== undefined) return calledBody(step, tool.value, argumentsOf(map), findings);
  if (type === 'command' || type === 'shell') return commandBody(step, findings);
  if (type === 'docker' && config?.kind === 'map' && entry(config, 'image')) {
    sayUnused(config, ['image', 'script', 'command', 'content'], 'of the executor', findings);
    return scriptBody(step, config, findings);
  }
  if (type === 'tool') return toolBody(step, config, findings);
  findings.say(
    'kubiya/unsupported',
    executor ?? map,
    `a step of the type "${type.slice(0, 40)}" is not supported`,
    Object.hasOwn(INSTEAD, type) ? INSTEAD[type] : 'put a `command:` or a `tool:` in the place of this executor',
  );
  return { entries: [['run', scalar('exit 1', map)]] };
}

const INSTEAD: Readonly<Record<string, string>> = {
  docker: 'give it an `image:` under `config:`',
  kubiya: "it calls Kubiya's own API; ask for what it gives as a secret",
  http: 'write a step that calls curl',
  jq: 'write a step that calls jq',
  ssh: 'write a step that calls ssh, with the key as a secret `as: file`',
};

function commandBody(step: WorkflowStep, findings: Findings): StepBody {
  const { map } = step;
  const called = entry(map, 'run');
  if (called !== undefined && entry(map, 'command') === undefined)
    return calledBody(step, called.value, field(map, 'params'), findings);
  return scriptBody(step, map, findings);
}

/** The arguments of a step that names its tool. */
function argumentsOf(map: MapNode): YamlNode | undefined {
  return ['args', 'with', 'params'].map((key) => entry(map, key)?.value).find((one) => one !== undefined);
}

/** @param holder the mapping with the script and the image: the step, or the configuration of its executor */
function scriptBody(step: WorkflowStep, holder: MapNode, findings: Findings): StepBody {
  const { map } = step;
  const script = scriptOf(entry(holder, 'content') || entry(holder, 'command') ? holder : map, step.names, findings);
  if (script === undefined) return { entries: [['run', scalar('exit 1', map)]] };
  const { run, shell } = translateScript(script, shellOf(map));
  const fields = fieldsAsVariables(run.text, step.names);
  sayUnfilled(fields, script, shell.text, findings);
  return {
    entries: [
      ['image', entry(holder, 'image')?.value],
      ['network', openNetwork(entry(holder, 'image'))],
      ['shell', shell],
      ['run', scalar(fields.text, run)],
      [
        'env',
        filled(
          mapping(map, [
            ...outputVariables(step),
            ...[...fields.variables].map(([name, value]) => [name, scalar(`\${{ ${value} }}`, map)] as const),
            ...pairs(field(map, 'env'), findings).map(
              ([{ text }, value]) => [text, withExpressions(value, step.names)] as const,
            ),
          ]),
        ),
      ],
      ['workdir', field(map, 'dir') && withExpressions(field(map, 'dir') ?? map, step.names)],
      ['output', step.output === undefined ? undefined : scalar('text', field(map, 'output') ?? map)],
    ],
  };
}

/** Reports variables that are not filled: a shell fills them outside single quotes, other programs never do. */
function sayUnfilled({ variables, quoted }: ScriptWithFields, script: ScalarNode, shell: string, findings: Findings) {
  const isShell = /^(?:ba|da|a|z|k)?sh\b/.test(shell);
  const [first] = isShell ? quoted : [...variables.keys()];
  if (first === undefined) return;
  const name = isShell ? first : 'a field of an output';
  findings.say(
    'kubiya/unsupported',
    script,
    isShell ? `${name} stands in single quotes, and is not filled there` : `${name} is not filled in this language`,
    isShell ? 'write it in double quotes' : 'read the variable of the output, and parse its JSON there',
  );
}

/** The variables of outputs; parameters and the workflow's own variables exist already. */
function outputVariables({ map, names }: WorkflowStep): (readonly [string, YamlNode])[] {
  return [...names]
    .filter(([, expression]) => expression.startsWith('steps.'))
    .map(([name, expression]) => [name, scalar(`\${{ ${expression} }}`, map)]);
}

/** `script` is the input that `command` runs; a `command` alone is the script. */
function scriptOf(map: MapNode, names: Names, findings: Findings): ScalarNode | undefined {
  const key =
    entry(map, 'script') === undefined ? (entry(map, 'command') === undefined ? 'content' : 'command') : 'script';
  const written = field(map, key);
  if (written?.kind === 'list')
    return scalar(
      findings
        .texts(map, key)
        .map(({ text }) => quoted(text, names))
        .join(' '),
      written,
    );
  const script = findings.text(map, key);
  if (script === undefined) findings.shape(map, 'the step does nothing', 'add `command:`, or an `executor:`');
  return script;
}

/** A word with its names filled in, quoted so that it remains one word. */
function quoted(word: string, names: Names): string {
  if (namesAny(word, names)) return `"${word.replace(/["`\\]/g, '\\$&')}"`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : shellQuoted(word);
}

function shellOf(map: MapNode): string {
  const written =
    entry(map, 'script') === undefined
      ? textField(map, 'shell')
      : (textField(map, 'command') ?? textField(map, 'shell'));
  const program = (written ?? 'sh').trim();
  if (/^python3?$/.test(program)) return 'python';
  return program === 'node' ? 'node' : `${program} {0}`;
}

const OF_A_SCRIPT = ['env', 'dir', 'shell', 'script', 'command', 'content', 'image'];

/** Reports keys that have no effect but must not be dropped. */
function sayUnused(map: MapNode, used: readonly string[], where: string, findings: Findings): void {
  for (const [key, found] of mapEntries(map)) {
    if (used.includes(key) || isEmpty(found.value)) continue;
    const severity = ['autoRemove', 'auto_remove', 'pull'].includes(key) ? 'warning' : 'error';
    findings.unsupported(found, `${where} is not supported`, undefined, severity);
  }
}

function toolBody(step: WorkflowStep, config: YamlNode | undefined, findings: Findings): StepBody {
  const rest = mapEntries(step.map).flatMap(([key]) => (OF_A_SCRIPT.includes(key) ? [] : [key]));
  sayUnused(step.map, rest, 'of a step that calls a tool', findings);
  if (config?.kind === 'map')
    sayUnused(config, ['tool_def', 'tool_name', 'name', 'tool', 'args'], 'of the executor', findings);
  const called = ['tool_def', 'tool_name', 'name', 'tool']
    .map((key) => field(config, key))
    .find((one) => one !== undefined);
  return calledBody(step, called, field(config, 'args'), findings);
}

/** @param called a tool, as its name, a mapping, or JSON or YAML in a text */
function calledBody(
  step: WorkflowStep,
  called: YamlNode | undefined,
  args: YamlNode | undefined,
  findings: Findings,
): StepBody {
  const definition = called?.kind === 'scalar' && /[{:]/.test(called.text) ? nodeInText(called) : called;
  if (definition?.kind === 'scalar' && definition.text.trim() !== '') return callBody(step, definition, args);
  if (definition?.kind !== 'map') {
    findings.shape(
      definition ?? step.map,
      'the step names no tool',
      'write `tool_def:` as a mapping or as JSON, or `name:` of a tool',
    );
    return { entries: [['run', scalar('exit 1', step.map)]] };
  }
  return inlineBody(step, definition, valuesOf(args, step.names), findings);
}

function callBody(step: WorkflowStep, name: ScalarNode, args: YamlNode | undefined): StepBody {
  return {
    entries: [
      ['uses', scalar(legalName(name.text, 'definition'), name)],
      ...givenValues(args ?? step.map, valuesOf(args, step.names)),
    ],
  };
}

type Values = readonly (readonly [string, YamlNode])[];

/** Kubiya passes only texts in a call. */
function valuesOf(args: YamlNode | undefined, names: Names): Values {
  return mapEntries(args)
    .filter(([, { value }]) => !isEmpty(value) || (value.kind === 'scalar' && value.value === false))
    .map(([key, { value }]) => [
      key,
      withExpressions(value.kind === 'scalar' ? scalar(value.text, value) : value, names),
    ]);
}

/** `coerce`: the called tool converts the values to its declared types. */
function givenValues(at: YamlNode, values: Values): StepBody['entries'] {
  return [
    ['with', filled(mapping(at, values))],
    ['coerce', values.length === 0 ? undefined : scalar(true, at)],
  ];
}

function inlineBody(step: WorkflowStep, definition: MapNode, values: Values, findings: Findings): StepBody {
  const { id, workflow, map } = step;
  const name = scalar(`${workflow}-${id.text}`.toLowerCase().slice(0, 64), id);
  const given = values.map(([key, value]) => scalar(key, value));
  const tool = translateTool(definition, findings, { name, given, isRead: step.output !== undefined });
  const called = [['uses', scalar(name.text, id)] as const, ...givenValues(map, values)];
  return { entries: called, ...(tool && { tool }) };
}

/** Kubiya does not restrict the network, and steps in an image rely on that. */
function openNetwork(image: MapEntry | undefined): YamlNode | undefined {
  return image && scalar('open', image.key);
}
