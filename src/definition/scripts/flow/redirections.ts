import type { Redirection } from '../syntax/shell-tree.ts';

export function isInput(redirect: Redirection): boolean {
  return redirect.type !== 'Redirect' || redirect.operator === '<' || redirect.operator === '<>';
}

/** Whether it is what a command reads on its standard input. */
export function feedsInput(redirect: Redirection): boolean {
  return isInput(redirect) || (redirect.type === 'Redirect' && redirect.operator === '<&');
}

export function isOutput(redirect: Redirection): boolean {
  return redirect.type === 'Redirect' && /^(?:>|>>|>\||&>|&>>|<>)$/.test(redirect.operator);
}
