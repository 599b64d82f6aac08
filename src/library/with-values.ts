import type { JsonValue } from '../text/node.ts';

/** The options of a call as `project/` takes them: what the library calls `args` are `values` there. */
export function withValues<T extends { readonly args?: Readonly<Record<string, JsonValue>> }>({ args, ...rest }: T) {
  return { ...rest, ...(args && { values: args }) };
}
