import { field, listItems, mapEntries, textField, type YamlNode } from '../../text/node.ts';
import type { Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { parseTemplate, type Template } from '../expressions/template.ts';
import type { RunStep, Tool } from '../model/tool.ts';

/** `outputs:` of a tool: name -> text, or `value` and `sensitive`. Tolerant, as `readTool`. */
export function readToolOutputs(
  node: YamlNode | undefined,
  source: SourceFile,
  problems: Problem[],
): Pick<Tool, 'outputs' | 'sensitiveOutputs'> {
  const outputs = new Map<string, Template>();
  const sensitiveOutputs = new Set<string>();
  for (const [name, { key, value }] of mapEntries(node)) {
    const written = value.kind === 'map' ? field(value, 'value') : value;
    if (written?.kind !== 'scalar') continue;
    outputs.set(name, { ...parseTemplate(written, source, problems), key: { source, range: key.range } });
    if (isSensitive(value)) sensitiveOutputs.add(name);
  }
  return { outputs, sensitiveOutputs };
}

/** `outputs:` of a step: names, or `name` and `sensitive`. */
export function readStepOutputs(node: YamlNode | undefined): Pick<RunStep, 'outputs' | 'sensitiveOutputs'> {
  const items = listItems(node).flatMap((item) => {
    const name = item.kind === 'scalar' ? item.text : textField(item, 'name');
    return name === undefined ? [] : [{ name, sensitive: isSensitive(item) }];
  });
  const sensitive = items.filter((one) => one.sensitive).map(({ name }) => name);
  return {
    ...(node !== undefined && { outputs: items.map(({ name }) => name) }),
    sensitiveOutputs: new Set(sensitive),
  };
}

function isSensitive(node: YamlNode): boolean {
  return node.kind === 'map' && textField(node, 'sensitive') === 'true';
}
