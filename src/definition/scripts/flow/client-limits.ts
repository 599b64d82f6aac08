import { COPIES_FROM_HOSTS } from '../programs/programs.ts';
import type { Word } from '../syntax/shell-tree.ts';
import type { Flow } from './flow.ts';
import type { FollowedScript } from './followed-script.ts';

/**
 * `scp a host:path`, and variables of Ansible, which may be templates.
 * @param before the word before it
 */
export function limitClient(word: Word, before: string, program: string, flow: Flow, { limits }: FollowedScript): void {
  if (COPIES_FROM_HOSTS.test(program) && /^["']?[^-:/'"][^:/]*:(?!\/\/)/.test(word.text))
    limits.limit(flow, 'run-text', 'the shell of another host may read it');
  if (!/^ansible(?:-|$)/.test(program)) return;
  if (!/^(?:-e|--extra-vars)$/.test(before) && !/^["']?--extra-vars=/.test(word.text)) return;
  const isJson = /^(?:--extra-vars=)?["']?\{/.test(word.text);
  limits.limit(flow, isJson ? 'no-fields' : 'run-text', 'Ansible reads it as variables and templates');
}
