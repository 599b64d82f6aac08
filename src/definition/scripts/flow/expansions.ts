import type { ParameterExpansionPart } from '../syntax/shell-tree.ts';

/** Whether it holds something else than the value, or a part of it. */
export function changesValue({ operation }: ParameterExpansionPart): boolean {
  return operation?.type === 'Transform' || /^(?:#|\/|:$)/.test(operation?.operator ?? '');
}

/** `${!name}`, but not `${!list[@]}`, which are the keys of a list, and not `${!prefix*}`. */
export function isIndirect({ prefix, index, operation }: ParameterExpansionPart): boolean {
  return prefix === '!' && operation?.type !== 'Names' && !/^[@*]$/.test(index?.text ?? '');
}
