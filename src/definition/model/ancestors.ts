import type { Step, Tool } from './tool.ts';

/** Steps that have to end before `id` starts, directly or not, in definition order. */
export function ancestorsOf(tool: Tool, id: string): Step[] {
  const seen = new Set<string>();
  const queue = [id];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const need of tool.steps.find((step) => step.id === next)?.needs ?? []) {
      if (seen.has(need.name)) continue;
      seen.add(need.name);
      queue.push(need.name);
    }
  }
  return tool.steps.filter((step) => seen.has(step.id));
}
