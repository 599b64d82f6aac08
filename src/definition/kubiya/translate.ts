import type { Document } from '../../text/document.ts';
import { field, listItems, type MapNode, type YamlNode } from '../../text/node.ts';
import type { Problem } from '../../text/problem.ts';
import { AGENT_KEYS, translateAgent } from './agent.ts';
import { Findings } from './findings.ts';
import { translateTool } from './tool.ts';
import { translateWorkflow } from './workflow.ts';

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

function translateShape(root: MapNode, findings: Findings): YamlNode[] | null {
  if (AGENT_KEYS.some((key) => root.entries.has(key))) return translateAgent(root, findings);
  const tools = field(root, 'tools');
  if (tools?.kind === 'list' && !root.entries.has('name')) {
    findings.otherKeys(root, ['tools'], ['errors', 'python_bundle_version', 'metadata', 'version']);
    return tools.items.flatMap((tool) => translateTool(tool, findings) ?? []);
  }
  if (isWorkflow(root)) return translateWorkflow(root, findings);
  return null;
}

/** A native tool without its `kind` has steps too; by what these hold one can tell. */
function isWorkflow(root: MapNode): boolean {
  const steps = listItems(field(root, 'steps'));
  const holds = (keys: readonly string[]) => steps.some((step) => keys.some((key) => field(step, key) !== undefined));
  return holds(['executor', 'command', 'script', 'depends']) && !holds(['uses', 'with', 'needs', 'if', 'workdir']);
}
