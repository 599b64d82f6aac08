import { field, type MapNode, mapEntries, type ScalarNode, type YamlNode } from '../text/node.ts';
import { looksLikeCredential, offeredSecret, translateValues } from './environment.ts';
import { type Findings, isEmpty } from './findings.ts';
import { mapping, scalar } from './native.ts';
import { onlyName, withExpressions } from './references.ts';

/** `params` as a mapping, as a list of mappings or `NAME=value` texts, or as one such text. */
function parameters(root: MapNode, findings: Findings): Map<string, YamlNode> {
  const declared = new Map<string, YamlNode>();
  for (const [name, value] of pairs(field(root, 'params'), findings)) {
    if (!findings.name(name, 'word', 'an argument')) continue;
    const initial = value.kind === 'scalar' && value.value !== null ? scalar(value.text, value) : undefined;
    declared.set(
      name.text,
      mapping(name, [
        ['default', initial],
        ['required', initial === undefined ? scalar(false, name) : undefined],
      ]),
    );
  }
  return declared;
}

export function pairs(node: YamlNode | undefined, findings: Findings): (readonly [ScalarNode, YamlNode])[] {
  if (node === undefined || isEmpty(node)) return [];
  if (node.kind === 'map') return mapEntries(node).map(([, { key, value }]) => [key, value]);
  if (node.kind === 'list') return node.items.flatMap((item) => pairs(item, findings));
  return node.text.split(/\s(?=[A-Za-z_]\w*=)/).flatMap((pair) => {
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/s.exec(pair.trim()) ?? [];
    if (name !== undefined) return [[scalar(name, node), scalar(value.replace(/^"(.*)"$/, '$1'), node)] as const];
    findings.shape(node, 'a parameter has no name', 'write it as NAME=value');
    return [];
  });
}

/** The variables that a workflow gives to all of its steps. */
export interface WorkflowEnvironment {
  readonly params: ReadonlyMap<string, YamlNode>;
  readonly secrets: ReadonlyMap<string, YamlNode>;
  readonly passEnv: ReadonlyMap<string, YamlNode>;
  readonly values: ReadonlyMap<string, YamlNode>;
}

/** `NAME: ${NAME}` requests the caller's variable; other references are to parameters. */
export function translateWorkflowEnvironment(root: MapNode, findings: Findings): WorkflowEnvironment {
  const params = parameters(root, findings);
  const secrets = new Map<string, YamlNode>();
  const passEnv = new Map<string, YamlNode>();
  const written = pairs(field(root, 'env'), findings);
  const own = mapping(
    field(root, 'env') ?? root,
    written.map(([name, value]) => [name.text, value] as const),
  );
  const values = translateValues(own, findings, (name) => `write \${${name}} here instead`);
  const names = new Map([...params.keys()].map((param) => [param, `args.${param}`]));
  for (const [name, value] of values) {
    const itself = onlyName(value.kind === 'scalar' ? value.text : '', new Map([[name, name]]));
    const key = scalar(name, value);
    if (itself !== undefined && !params.has(name)) {
      values.delete(name);
      if (looksLikeCredential(name)) secrets.set(name, offeredSecret(key, findings, 'note'));
      else passEnv.set(name, key);
    } else values.set(name, withExpressions(value, names));
  }
  return { params, secrets, passEnv, values };
}
