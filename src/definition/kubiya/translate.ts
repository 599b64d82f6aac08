import type { Document } from '../../text/document.ts';
import { field, type YamlNode } from '../../text/node.ts';
import type { Problem } from '../../text/problem.ts';
import { Findings } from './findings.ts';
import { translateTool } from './tool.ts';

/** What a Kubiya document says, in the native form, with the places of the Kubiya text. */
export interface Translation {
  readonly roots: readonly YamlNode[];
  readonly problems: readonly Problem[];
}

/** Null where it is no Kubiya document: those have no `kind`, and one of the shapes below. */
export function translateKubiya({ root, source }: Document): Translation | null {
  if (root.kind !== 'map' || root.entries.has('kind')) return null;
  const findings = new Findings(source);
  const roots = translateShape(root, findings);
  return roots === null ? null : { roots, problems: findings.problems };
}

function translateShape(root: YamlNode & { kind: 'map' }, findings: Findings): YamlNode[] | null {
  const tools = field(root, 'tools');
  if (tools?.kind === 'list' && !root.entries.has('name')) {
    findings.otherKeys(root, ['tools'], ['errors', 'python_bundle_version', 'metadata', 'version']);
    return tools.items.flatMap((tool) => translateTool(tool, findings) ?? []);
  }
  return null;
}
