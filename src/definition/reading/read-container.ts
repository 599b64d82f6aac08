import { field, listItems, mapEntries, textField, type YamlNode } from '../../text/node.ts';
import type { Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { parseTemplate } from '../expressions/template.ts';
import type { Container, Service } from '../model/container.ts';

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
