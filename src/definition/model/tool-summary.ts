import { secretsOf } from './requests.ts';
import type { Tool } from './tool.ts';

/** A tool in a list: the JSON of `tool list`, and a part of the library's answer. */
export interface ToolSummary {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly secrets: readonly string[];
}

export function toolSummary(tool: Tool): ToolSummary {
  const requests = tool.steps.flatMap((step) => (step.kind === 'run' ? secretsOf(tool, step) : []));
  return {
    name: tool.name,
    description: tool.description ?? '',
    file: tool.source.path,
    args: [...tool.args.keys()],
    secrets: [...new Set(requests.map((request) => request.name))],
  };
}
