import { calledFiles } from '../model/called-files.ts';
import type { RunStep, Tool } from '../model/tool.ts';
import type { RepositoryFacts } from './rule.ts';

/** What the tool lists, and what the scripts of these steps call, as one text: a variable may be mentioned there. */
export function filesText(tool: Tool, steps: readonly RunStep[], { listed, isFile, text }: RepositoryFacts): string {
  const paths = new Set([...listed(tool), ...steps.flatMap((step) => calledFiles(step, isFile))]);
  return [...paths].map((path) => text(path) ?? '').join('\n');
}

/** What takes the whole environment may read or hand on any variable of it. */
export const WHOLE_ENVIRONMENT =
  /\b(?:printenv|env|compgen)\b|\bos\.environ\b(?!\s*[[.])|\bprocess\.env\b(?!\s*[[.?])|\bENV\b(?!\s*[[.])/;
