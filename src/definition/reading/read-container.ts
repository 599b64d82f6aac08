import { field, listItems, mapEntries, textField, type YamlNode } from '../../text/node.ts';
import type { Location, Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { parseTemplate, type Template } from '../expressions/template.ts';

/** What a tool's steps want of their container, beside its image. */
export interface Container {
  readonly at: Location;
  readonly files: readonly ContainerFile[];
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  readonly services: readonly Service[];
  readonly entrypoint: readonly string[];
  readonly dependencies: readonly string[];
  readonly build?: string;
  /** As the engine takes them. */
  readonly memory?: string;
  readonly cpus?: string;
  readonly pull: 'missing' | 'always' | 'never';
}

/** A container that runs beside the steps of one call of the tool. */
export interface Service {
  readonly at: Location;
  /** By which the steps reach it. */
  readonly name: string;
  readonly image: string;
  /** Where it listens before a step begins. */
  readonly ports: readonly number[];
  /** Never anything secret: it stands on the engine's command line (rules/sensitive-arguments.ts). */
  readonly env: ReadonlyMap<string, Template>;
}

/** Put at `path`: a text, a copy of a file that is named from the definition's folder, a secret, or a file of the machine. */
export interface ContainerFile {
  readonly path: string;
  readonly content?: string;
  readonly from?: string;
  /** The variable that holds the secret's path: lockstep.yaml maps a file of the machine to it. */
  readonly secret?: string;
  /** A file of the machine: lockstep.yaml hands it out. */
  readonly machine?: string;
}

const PULLS = ['missing', 'always', 'never'] as const;

/** Tolerant, as `readTool`. */
export function readContainer(node: YamlNode, source: SourceFile, problems: Problem[]): Container {
  const texts = (key: string) =>
    listItems(field(node, key)).flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  const parts = (key: string) => listItems(field(node, key));
  const build = textField(node, 'build');
  return {
    at: { source, range: node.range },
    files: parts('files').map((file) => ({
      path: textField(file, 'path') ?? '',
      ...text(file, 'content'),
      ...text(file, 'from'),
    })),
    volumes: parts('volumes').map((one) => ({
      name: textField(one, 'name') ?? '',
      path: textField(one, 'path') ?? '',
    })),
    services: parts('services').map((one) => readService(one, source, problems)),
    entrypoint: texts('entrypoint'),
    dependencies: texts('dependencies'),
    ...(build !== undefined && { build }),
    ...text(node, 'memory'),
    ...text(node, 'cpus'),
    pull: PULLS.find((one) => one === textField(node, 'pull')) ?? 'missing',
  };
}

function readService(node: YamlNode, source: SourceFile, problems: Problem[]): Service {
  const env = mapEntries(field(node, 'env')).flatMap(([name, { value }]) =>
    value.kind === 'scalar' ? [[name, parseTemplate(value, source, problems)] as const] : [],
  );
  const ports = listItems(field(node, 'ports')).flatMap((item) =>
    item.kind === 'scalar' && typeof item.value === 'number' ? [item.value] : [],
  );
  return {
    at: { source, range: (field(node, 'name') ?? node).range },
    name: textField(node, 'name') ?? '',
    image: textField(node, 'image') ?? '',
    ports,
    env: new Map(env),
  };
}

function text<K extends string>(node: YamlNode, key: K): { [P in K]?: string } {
  const found = textField(node, key);
  return (found === undefined ? {} : { [key]: found }) as { [P in K]?: string };
}
