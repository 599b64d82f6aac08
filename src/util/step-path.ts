/**
 * Step paths: `deploy` is a step of the run's own tool, `deploy/push` a step of the tool that it calls, `audit[3]` an
 * item of a `forEach`.
 */

/** Whether a path is an item of the step, or a step below it. */
export function isBelow(path: string, step: string): boolean {
  return path.startsWith(`${step}/`) || path.startsWith(`${step}[`);
}

/** Whether a path is within the tool that the step calls; an item of the step is not. */
export function isCalledBy(path: string, step: string): boolean {
  return path.startsWith(`${step}/`);
}

/** The step of the run's own tool that a path lies in. */
export function topOf(path: string): string {
  return /^[^/[]*/.exec(path)?.[0] ?? path;
}

export function isTop(path: string): boolean {
  return topOf(path) === path;
}

/** Whether it is an item of a `forEach` itself, not a step below an item. */
export function isItem(path: string): boolean {
  return path.endsWith(']');
}

/** The path in the plan, which has no items. */
export function withoutItems(path: string): string {
  return path.replace(/\[\d+\]/g, '');
}

/** How many calls lead to a step, itself included. */
export function depthOf(path: string): number {
  return path.split('/').length;
}
