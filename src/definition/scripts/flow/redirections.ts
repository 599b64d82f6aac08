import type { Redirection } from '../syntax/shell-tree.ts';

export function isInput(redirect: Redirection): boolean {
  return redirect.type !== 'Redirect' || redirect.operator === '<' || redirect.operator === '<>';
}

/** Whether it is what a command reads on its standard input. */
export function feedsInput(redirect: Redirection): boolean {
  return isInput(redirect) || (redirect.type === 'Redirect' && redirect.operator === '<&');
}

export function isOutput(redirect: Redirection): boolean {
  if (redirect.type !== 'Redirect') return false;
  return redirect.operator === '>&'
    ? !isNumber(redirect.target?.text)
    : /^(?:>|>>|>\||&>|&>>|<>)$/.test(redirect.operator);
}

/** Of `>&3` and `>&-`; `>&file` writes to a file. */
function isNumber(target = ''): boolean {
  return /^(?:\d*-?|"?\$.*)$/s.test(target);
}

/** Whether it opens a number of its own: `3< file`. */
export function isNumbered({ descriptor }: Redirection): boolean {
  return descriptor !== undefined && (descriptor.type !== 'FileDescriptor' || descriptor.value > 2);
}
