import type { Document } from '../../text/document.ts';
import { field, listItems, mapEntries, type ScalarNode, textField, toJson, type YamlNode } from '../../text/node.ts';
import type { Location, Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { expressionsInRun } from '../expressions/expression-places.ts';
import { inexactNumbers } from '../expressions/inexact-numbers.ts';
import {
  parseCondition,
  parseTemplate,
  parseTemplateData,
  parseWhole,
  type Template,
} from '../expressions/template.ts';
import { writtenValue } from '../expressions/written-text.ts';
import type { Annotations } from '../model/annotations.ts';
import type { CallStep, ForEach, Named, Network, Retry, RunStep, Step, Tool } from '../model/tool.ts';
import { parseScriptTemplate } from '../scripts/template/template.ts';
import { durationMs } from '../values/text-format.ts';
import { readArgument } from './read-argument.ts';
import { readContainer } from './read-container.ts';
import { readStepOutputs, readToolOutputs } from './read-outputs.ts';
import { readRequests } from './read-secrets.ts';
import { readTriggers } from './read-triggers.ts';
import { spelledTool } from './spelled.ts';

/**
 * Reads a document as a tool. Tolerant: parts that the schema has already refused are left out, so that the rules can
 * still check the rest. Undefined when it has no name.
 */
export function readTool(document: Document, problems: Problem[]): Tool | undefined {
  const { root, source } = document;
  const name = namedField(root, 'name', source);
  if (name === undefined) return undefined;
  const reader = new Reader(source, problems);
  const image = scalarField(root, 'image');
  const args = field(root, 'args');
  if (args !== undefined) problems.push(...inexactNumbers(args, source));
  const container = field(root, 'container');
  return {
    kind: 'tool',
    ...name,
    source,
    range: root.range,
    ...optional('description', textField(root, 'description')),
    args: new Map(mapEntries(args).map(([key, { key: at, value }]) => [key, readArgument(key, reader.at(at), value)])),
    secrets: readRequests(field(root, 'secrets'), source),
    env: reader.templates(field(root, 'env')),
    files: reader.names(field(root, 'files')),
    passEnv: reader.names(field(root, 'passEnv')),
    ...optional('container', container && readContainer(container, source, problems)),
    ...optional('image', image && parseTemplate(image, source, problems)),
    ...optional('network', readNetwork(root)),
    sandbox: textField(root, 'sandbox') === 'true',
    ...optional('timeoutMs', durationMs(textField(root, 'timeout') ?? '')),
    annotations: readAnnotations(field(root, 'annotations')),
    detach: textField(root, 'detach') === 'true',
    triggers: readTriggers(field(root, 'on'), source),
    ...readToolOutputs(field(root, 'outputs'), source, problems),
    steps: reader.steps(listItems(field(root, 'steps'))),
    written: toJson(root),
    spelled: spelledTool(root),
    settings: {},
  };
}

class Reader {
  readonly #source: SourceFile;
  readonly #problems: Problem[];

  constructor(source: SourceFile, problems: Problem[]) {
    this.#source = source;
    this.#problems = problems;
  }

  at(node: YamlNode): Location {
    return { source: this.#source, range: node.range };
  }

  templates(node: YamlNode | undefined): Map<string, Template> {
    const read = new Map<string, Template>();
    for (const [name, { key, value }] of mapEntries(node)) {
      if (value.kind !== 'scalar') continue;
      read.set(name, {
        ...parseTemplate(value, this.#source, this.#problems, { variable: name, text: value.text }),
        key: this.at(key),
      });
    }
    return read;
  }

  names(node: YamlNode | undefined): Named[] {
    return listItems(node).flatMap((item) => (item.kind === 'scalar' ? [{ name: item.text, at: this.at(item) }] : []));
  }

  steps(nodes: readonly YamlNode[]): Step[] {
    const steps: Step[] = [];
    for (const [index, node] of nodes.entries()) {
      if (node.kind === 'map') steps.push(this.#step(node, index, steps.at(-1)));
    }
    return steps;
  }

  #step(node: YamlNode, index: number, above: Step | undefined): Step {
    const uses = scalarField(node, 'uses');
    const written = field(node, 'needs');
    const condition = scalarField(node, 'if');
    const id = scalarField(node, 'id');
    const base = {
      id: id?.text ?? `step-${index + 1}`,
      at: this.at(id ?? node),
      keys: mapEntries(node).map(([name, { key }]) => ({ name, at: this.at(key) })),
      ...optional('description', textField(node, 'description')),
      needs:
        written === undefined
          ? above === undefined
            ? []
            : [{ name: above.id, at: this.at(node) }]
          : this.names(written),
      ...optional('condition', condition && this.#condition(condition)),
      ...optional('forEach', this.#forEach(node)),
      ...optional('timeoutMs', durationMs(textField(node, 'timeout') ?? '')),
      ...optional('lock', textField(node, 'lock')),
      ...optional('runsOn', this.#runsOn(field(node, 'runsOn'))),
      ...optional('retry', readRetry(field(node, 'retry'))),
      continueOnError: textField(node, 'continueOnError') === 'true',
      approve: textField(node, 'approve') === 'always' ? ('always' as const) : ('never' as const),
    };
    if (uses !== undefined) return { ...base, ...this.#call(node, uses) };
    return { ...base, ...this.#run(node) };
  }

  #condition(node: ScalarNode) {
    return typeof node.value === 'boolean' ? node.value : parseCondition(node, this.#source, this.#problems);
  }

  #forEach(node: YamlNode): ForEach | undefined {
    const written = scalarField(node, 'forEach');
    // The schema reports an empty text.
    if (written === undefined || written.text === '') return undefined;
    const list = parseWhole(written, this.#source, this.#problems, FOR_EACH_REFUSAL);
    const maxParallel = scalarField(node, 'maxParallel')?.value;
    return list && { list, ...optional('maxParallel', typeof maxParallel === 'number' ? maxParallel : undefined) };
  }

  #runsOn(node: YamlNode | undefined): readonly string[] | undefined {
    if (node?.kind === 'scalar') return node.text === 'any' ? [] : undefined;
    return node && this.names(node).map(({ name }) => name);
  }

  #call(node: YamlNode, uses: ScalarNode): Pick<CallStep, 'kind' | 'tool' | 'with' | 'coerce'> {
    const given = mapEntries(field(node, 'with')).map(
      ([key, { key: at, value }]) =>
        [key, { value: parseTemplateData(value, this.#source, this.#problems, key), at: this.at(at) }] as const,
    );
    const coerce = textField(node, 'coerce') === 'true';
    return { kind: 'call', tool: { name: uses.text, at: this.at(uses) }, with: new Map(given), coerce };
  }

  #run(node: YamlNode): Omit<RunStep, 'id' | 'at' | 'keys' | 'needs' | 'continueOnError' | 'approve'> {
    const script = scalarField(node, 'run');
    const workdir = scalarField(node, 'workdir');
    const image = scalarField(node, 'image');
    return {
      kind: 'run',
      script: script?.text ?? '',
      ...optional('written', script && writtenValue(script, this.#source)),
      ...optional('pasted', script && expressionsInRun(script, this.#source, this.#problems)),
      ...optional('shell', textField(node, 'shell')),
      ...(script !== undefined &&
        textField(node, 'templates') === 'safe' && {
          template: parseScriptTemplate(script, this.#source, this.#problems),
        }),
      secrets: readRequests(field(node, 'secrets'), this.#source),
      env: this.templates(field(node, 'env')),
      ...optional('workdir', workdir && parseTemplate(workdir, this.#source, this.#problems)),
      ...optional('image', image && parseTemplate(image, this.#source, this.#problems)),
      ...optional('network', readNetwork(node)),
      ...optional(
        'output',
        OUTPUT_FORMS.find((form) => form === textField(node, 'output')),
      ),
      ...readStepOutputs(field(node, 'outputs')),
    };
  }
}

const OUTPUT_FORMS = ['json', 'lines', 'text'] as const;

const FOR_EACH_REFUSAL = {
  message: '`forEach` is one expression that gives a list, and nothing around it',
  hint: "such as forEach: '${{ args.names }}' or '${{ fromJSON(steps.ID.outputs.NAME) }}'",
};

const ANNOTATIONS = ['readOnly', 'destructive', 'idempotent', 'openWorld'] as const;

function readAnnotations(node: YamlNode | undefined): Annotations {
  if (node === undefined) return {};
  const said = ANNOTATIONS.flatMap((key) => {
    const text = textField(node, key);
    return text === 'true' || text === 'false' ? [[key, text === 'true'] as const] : [];
  });
  return Object.fromEntries(said);
}

const NETWORKS = ['none', 'open'] as const;

function readNetwork(node: YamlNode): Network | undefined {
  return NETWORKS.find((one) => one === textField(node, 'network'));
}

function readRetry(node: YamlNode | undefined): Retry | undefined {
  if (node === undefined) return undefined;
  const maxDelayMs = durationMs(textField(node, 'maxDelay') ?? '');
  return {
    limit: Number(textField(node, 'limit') ?? 1),
    delayMs: durationMs(textField(node, 'delay') ?? '') ?? 1000,
    backoff: Number(textField(node, 'backoff') ?? 1),
    ...optional('maxDelayMs', maxDelayMs),
  };
}

export function namedField(root: YamlNode, key: string, source: SourceFile): Named | undefined {
  const node = scalarField(root, key);
  return node === undefined ? undefined : { name: node.text, at: { source, range: node.range } };
}

function scalarField(node: YamlNode, key: string): ScalarNode | undefined {
  const found = field(node, key);
  return found?.kind === 'scalar' && found.value !== null ? found : undefined;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
