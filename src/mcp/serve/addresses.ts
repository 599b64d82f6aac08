import type { RunSummary } from '../../engine/run-summary.ts';
import type { Access, View } from '../access.ts';
import type { ServedCatalog, ServedTool } from '../catalog/served-catalog.ts';

/** The resources of a repository, by address. */
export const PROBLEMS = 'lockstep://problems';
export const RUNS = 'lockstep://runs';
const PLAN = 'lockstep://plans/';

export type Address =
  | { readonly kind: 'problems' }
  | { readonly kind: 'runs' }
  | { readonly kind: 'run'; readonly run: string; readonly isLog: boolean }
  | { readonly kind: 'plan'; readonly tool: string; readonly args: ReadonlyMap<string, string> };

/** Undefined for an address that is none of ours. */
export function parseAddress(uri: string): Address | undefined {
  if (uri === PROBLEMS) return { kind: 'problems' };
  if (uri === RUNS) return { kind: 'runs' };
  const [, run, log] = /^lockstep:\/\/runs\/([A-Za-z0-9_-]{1,128})(\/log)?$/.exec(uri) ?? [];
  if (run !== undefined) return { kind: 'run', run, isLog: log !== undefined };
  const tool = planOf(uri);
  if (tool === undefined || tool === '') return undefined;
  try {
    return { kind: 'plan', tool, args: new Map(new URL(uri).searchParams) };
  } catch {
    return undefined;
  }
}

/** The tool whose plan an address or a template names. */
export function planOf(uri: string): string | undefined {
  return /^lockstep:\/\/plans\/([a-z0-9_-]{0,64})(?:$|[?{])/.exec(uri)?.[1];
}

/** The plan of a tool, and with which arguments it can be asked for. */
export function planTemplate({ tool }: ServedTool): string {
  const names = [...tool.args.keys()];
  return `${PLAN}${tool.name}${names.length === 0 ? '' : `{?${names.join(',')}}`}`;
}

/** Who asks for runs, and through which part of the repository. */
export interface RunReader {
  readonly access: Access;
  readonly view: View;
  readonly tools: ServedCatalog['tools'];
}

/** Whether a client sees a run: its view has the tool, group and agent, and its token the tool and the group. */
export function mayRead(reader: RunReader, run: Pick<RunSummary, 'tool' | 'group' | 'agent'>): boolean {
  const { agent } = reader.view;
  return mayHearOf(reader, run) && (agent === undefined || run.agent === agent);
}

/** The same without the agent, which news of a run does not name. */
export function mayHearOf({ access, view, tools }: RunReader, { tool, group }: Pick<RunSummary, 'tool' | 'group'>) {
  if (!tools.has(tool) || !access.mayUseTool(tool)) return false;
  if (view.group !== undefined && group !== view.group) return false;
  return group === null || access.mayUseGroup(group);
}
