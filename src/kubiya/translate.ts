import type { Document } from '../text/document.ts';
import { field, listItems, type MapNode, type YamlNode } from '../text/node.ts';
import type { Problem } from '../text/problem.ts';
import { AGENT_KEYS, translateAgent } from './agent.ts';
import { Findings } from './findings.ts';
import { translateTool } from './tool.ts';
import { translateWorkflow } from './workflow.ts';

/** A Kubiya document in the native form, with the places of the Kubiya text. */
export interface Translation {
  readonly roots: readonly YamlNode[];
  readonly problems: readonly Problem[];
}

/** Null where it is not a Kubiya document. A Kubiya document has no `kind`, and has one of the shapes below. */
export function translateKubiya({ root, source }: Document): Translation | null {
  if (field(root, 'kind') !== undefined) return null;
  const findings = new Findings(source);
  const roots = translateShape(root, findings);
  if (roots === null) return null;
  findings.sayMeaningless();
  return { roots, problems: findings.problems };
}

function translateShape(root: YamlNode, findings: Findings): YamlNode[] | null {
  if (root.kind !== 'map')
    return root.kind === 'list' && root.items.some(isTool) ? toolsOf(root.items, findings) : null;
  if (isAgent(root)) return translateAgent(root, findings);
  const tools = field(root, 'tools');
  if (tools?.kind === 'list' && (!root.entries.has('name') || tools.items.some(isTool))) {
    findings.otherKeys(
      root,
      ['tools'],
      ['errors', 'python_bundle_version', 'metadata', 'version', 'name', 'description'],
    );
    return toolsOf(tools.items, findings);
  }
  if (isTool(root)) return toolsOf([root], findings);
  return isWorkflow(root) ? translateWorkflow(root, findings) : null;
}

function toolsOf(items: readonly YamlNode[], findings: Findings): YamlNode[] {
  return items.flatMap((tool) => translateTool(tool, findings) ?? []);
}

/**
 * Whether it has a key that only Kubiya's agents have, or `instructions` without a key that only the native form has.
 */
function isAgent(root: MapNode): boolean {
  const has = (key: string) => root.entries.has(key);
  return AGENT_KEYS.some(has) || (has('instructions') && !['env', 'maxTurns', 'steps'].some(has));
}

const OF_A_TOOL = ['content', 'content_url', 'with_files', 'with_volumes', 'with_services', 'on_build', 'icon_url'];

/** A native tool without its `kind` has steps. */
function isTool(node: YamlNode): boolean {
  return OF_A_TOOL.some((key) => field(node, key) !== undefined) && field(node, 'steps') === undefined;
}

const OF_A_WORKFLOW = ['handlerOn', 'runner', 'schedule', 'params'];

/** A native tool without its `kind` has steps too; the content of the steps distinguishes them. */
function isWorkflow(root: MapNode): boolean {
  const steps = listItems(field(root, 'steps'));
  const holds = (keys: readonly string[]) => steps.some((step) => keys.some((key) => field(step, key) !== undefined));
  if (steps.length === 0) return OF_A_WORKFLOW.some((key) => root.entries.has(key));
  if (holds(['uses', 'needs', 'if', 'workdir'])) return false;
  return holds(['executor', 'command', 'script', 'depends', 'tool']) || (holds(['name']) && !holds(['run']));
}
