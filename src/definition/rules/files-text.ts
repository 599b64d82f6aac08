import { calledFiles } from '../model/called-files.ts';
import type { RunStep, Tool } from '../model/tool.ts';
import type { RepositoryFacts } from './rule.ts';

/** The files that the tool lists and that the scripts of these steps call, as one text: it may mention a variable. */
export function filesText(tool: Tool, steps: readonly RunStep[], { listed, isFile, text }: RepositoryFacts): string {
  const paths = new Set([...listed(tool), ...steps.flatMap((step) => calledFiles(step, isFile))]);
  return [...paths].map((path) => text(path) ?? '').join('\n');
}

/** Matches code that takes the whole environment: it may read or pass on any variable. */
export const WHOLE_ENVIRONMENT =
  /\b(?:printenv|env|compgen)\b|\bos\.environ\b(?!\s*[[.])|\bprocess\.env\b(?!\s*[[.?])|\bENV\b(?!\s*[[.])/;
