import {
  field,
  type MapEntry,
  type MapNode,
  mapEntries,
  type ScalarNode,
  textField,
  type YamlNode,
} from '../../text/node.ts';
import { typed } from './arguments.ts';
import { entry, type Findings, isEmpty } from './findings.ts';
import { filled, mapping, scalar } from './native.ts';
import { type Names, withExpressions } from './references.ts';
import { translateScript } from './script.ts';
import { translateTool } from './tool.ts';

/** A step as it stands in its workflow. */
export interface WorkflowStep {
  readonly map: MapNode;
  readonly id: ScalarNode;
  /** Under which name later steps read what it prints. */
  readonly output: string | undefined;
  /** The workflow's. */
  readonly workflow: string;
  readonly names: Names;
}

/** What a step does, in native keys; and the tool that it calls, where the workflow itself holds that. */
export interface StepBody {
  readonly entries: readonly (readonly [string, YamlNode | undefined])[];
  readonly tool?: MapNode;
}

export function translateBody(step: WorkflowStep, findings: Findings): StepBody {
  const { map } = step;
  const executor = field(map, 'executor');
  const type = executor?.kind === 'scalar' ? executor.text : (textField(executor, 'type') ?? 'command');
  const config = field(executor, 'config');
  if (type === 'command' || type === 'shell') return commandBody(step, findings);
  if (type === 'docker' && config?.kind === 'map' && entry(config, 'image')) return scriptBody(step, config, findings);
  if (type === 'tool') return toolBody(step, config, findings);
  findings.say(
    'kubiya/unsupported',
    executor ?? map,
    `a step of the type "${type.slice(0, 40)}" cannot be honoured`,
    Object.hasOwn(UNSUPPORTED, type) ? UNSUPPORTED[type] : undefined,
  );
  return { entries: [['run', scalar('exit 1', map)]] };
}

const UNSUPPORTED: Readonly<Record<string, string>> = {
  docker: 'give it an `image:` under `config:`',
  agent: 'agents start tools here, and no tool starts an agent; call the tools that it would use',
  inline_agent: 'agents start tools here, and no tool starts an agent; call the tools that it would use',
  kubiya: "it calls Kubiya's own API; ask for what it gives as a secret",
  http: 'write a step that calls curl',
  jq: 'write a step that calls jq',
  ssh: 'write a step that calls ssh, with the key as a secret `as: file`',
};

function commandBody(step: WorkflowStep, findings: Findings): StepBody {
  const { map } = step;
  const called = entry(map, 'run');
  if (called !== undefined && entry(map, 'command') === undefined)
    return callBody(step, called.value, field(map, 'params'));
  return scriptBody(step, map, findings);
}

/** @param holder of the script and the image: the step, or the configuration of its executor */
function scriptBody(step: WorkflowStep, holder: MapNode, findings: Findings): StepBody {
  const { map } = step;
  const script = scriptOf(entry(holder, 'content') || entry(holder, 'command') ? holder : map, findings);
  if (script === undefined) return { entries: [] };
  const { run, shell } = translateScript(script, shellOf(map));
  const own = field(map, 'env');
  const values = own?.kind === 'map' ? mapEntries(own) : [];
  return {
    entries: [
      ['image', entry(holder, 'image')?.value],
      ['network', openNetwork(entry(holder, 'image'))],
      ['shell', shell],
      ['run', run],
      [
        'env',
        filled(
          mapping(map, [
            ...outputVariables(step),
            ...values.map(([key, { value }]) => [key, withExpressions(value, step.names)] as const),
          ]),
        ),
      ],
      ['workdir', field(map, 'dir') && withExpressions(field(map, 'dir') ?? map, step.names)],
      ['output', step.output === undefined ? undefined : scalar('text', field(map, 'output') ?? map)],
    ],
  };
}

/** Parameters and the workflow's own variables are there already. */
function outputVariables({ map, names }: WorkflowStep): (readonly [string, YamlNode])[] {
  return [...names]
    .filter(([, expression]) => expression.startsWith('steps.'))
    .map(([name, expression]) => [name, scalar(`\${{ ${expression} }}`, map)]);
}

/** `script` is what `command` is given to run; a `command` alone is the script. */
function scriptOf(map: MapNode, findings: Findings): ScalarNode | undefined {
  const key =
    entry(map, 'script') === undefined ? (entry(map, 'command') === undefined ? 'content' : 'command') : 'script';
  const written = field(map, key);
  if (written?.kind === 'list')
    return scalar(written.items.map((item) => (item.kind === 'scalar' ? quoted(item.text) : '')).join(' '), written);
  const script = findings.text(map, key);
  if (script === undefined) findings.shape(map, 'the step does nothing', 'add `command:`, or an `executor:`');
  return script;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
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

function toolBody(step: WorkflowStep, config: YamlNode | undefined, findings: Findings): StepBody {
  const definition = field(config, 'tool_def');
  const name = field(config, 'tool_name') ?? field(config, 'name') ?? field(config, 'tool');
  if (definition === undefined && name?.kind === 'scalar') return callBody(step, name, field(config, 'args'));
  if (definition?.kind !== 'map') {
    findings.shape(
      definition ?? step.map,
      'the step names no tool',
      'write `tool_def:` as a mapping, or `name:` of a tool',
    );
    return { entries: [['run', scalar('exit 1', step.map)]] };
  }
  return inlineBody(step, definition, withValues(field(config, 'args'), step.names), findings);
}

function callBody({ map, names }: WorkflowStep, name: YamlNode, args: YamlNode | undefined): StepBody {
  return {
    entries: [
      ['uses', name],
      ['with', filled(mapping(args ?? map, withValues(args, names)))],
    ],
  };
}

type Values = readonly (readonly [string, YamlNode])[];

function withValues(args: YamlNode | undefined, names: Names): Values {
  return mapEntries(args)
    .filter(([, { value }]) => !isEmpty(value))
    .map(([key, { value }]) => [key, withExpressions(value, names)]);
}

function inlineBody(step: WorkflowStep, definition: MapNode, values: Values, findings: Findings): StepBody {
  const { id, workflow, map } = step;
  const name = scalar(`${workflow}-${id.text}`.toLowerCase().slice(0, 64), id);
  const given = values.map(([key, value]) => scalar(key, value));
  const tool = translateTool(definition, findings, { name, given, isRead: step.output !== undefined });
  const called = [
    ['uses', scalar(name.text, id)],
    [
      'with',
      filled(
        mapping(
          map,
          values.map(([key, value]) => [key, fitting(value, field(field(tool, 'args'), key))] as const),
        ),
      ),
    ],
  ] as const;
  return { entries: called, ...(tool && { tool }) };
}

/** As its declaration wants it: a number for a text is meant as text, the text `true` for a boolean as true. */
function fitting(value: YamlNode, declared: YamlNode | undefined): YamlNode {
  return typed(value, textField(declared, 'type'));
}

/** Kubiya closes no network, and what runs in an image counts on that. */
function openNetwork(image: MapEntry | undefined): YamlNode | undefined {
  return image && scalar('open', image.key);
}
