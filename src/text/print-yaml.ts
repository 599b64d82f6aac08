import { Document, isScalar, visit } from 'yaml';
import { toJson, type YamlNode } from './node.ts';

/** A value as YAML text that reads back as the same value: scripts in block form, one key a line. */
export function printYaml(root: YamlNode): string {
  const document = new Document(toJson(root), { version: '1.2', aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && node.value.includes('\n')) node.type = 'BLOCK_LITERAL';
    },
  });
  return document.toString({ indent: 2, indentSeq: true, lineWidth: 0, flowCollectionPadding: false });
}
