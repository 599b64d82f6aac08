import { field, listItems, type ScalarNode, textField, type YamlNode } from '../../text/node.ts';
import type { SourceFile } from '../../text/source.ts';
import type { AgentSecret, Named, SecretRequest } from '../model/tool.ts';

/** What a tool or one of its steps asks for. */
export function readRequests(node: YamlNode | undefined, source: SourceFile): SecretRequest[] {
  return listItems(node).flatMap((item) => readRequest(item, source, 'tool'));
}

/** The ceiling of an agent, with what it asks for. */
export function readCeiling(node: YamlNode | undefined, source: SourceFile): AgentSecret[] {
  return listItems(node).flatMap((item) => {
    const tools = listItems(field(item, 'tools')).flatMap((one): Named[] =>
      one.kind === 'scalar' ? [{ name: one.text, at: { source, range: one.range } }] : [],
    );
    return readRequest(item, source, 'agent').map((request) => ({ ...request, tools }));
  });
}

const FORMS = ['env', 'file', 'stdin'] as const;

function readRequest(item: YamlNode, source: SourceFile, askedBy: SecretRequest['askedBy']): SecretRequest[] {
  const name = item.kind === 'scalar' ? item : scalarOf(field(item, 'name'));
  if (name === undefined) return [];
  const form = FORMS.find((one) => one === textField(item, 'as')) ?? 'env';
  const required = scalarOf(field(item, 'required'));
  return [
    {
      name: name.text,
      at: { source, range: name.range },
      askedBy,
      variable: form === 'stdin' ? '' : (textField(item, 'env') ?? name.text),
      required: required?.value !== false,
      form,
    },
  ];
}

function scalarOf(node: YamlNode | undefined): ScalarNode | undefined {
  return node?.kind === 'scalar' && node.value !== null ? node : undefined;
}
