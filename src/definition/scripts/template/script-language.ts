import { baseName } from '../../../util/paths.ts';

/** What reads a script, as far as its `{{ }}` are concerned. */
export type ScriptLanguage = 'bash' | 'sh' | 'python' | 'node' | 'other';

/** @param shell `shell:` of a step: a name, or a command line with `{0}` */
export function scriptLanguage(shell: string): ScriptLanguage {
  const [program = ''] = shell.trim().split(/\s+/);
  const name = baseName(program);
  if (name === 'bash') return 'bash';
  if (/^(?:sh|dash|ash)$/.test(name)) return 'sh';
  if (/^python[\d.]*$/.test(name)) return 'python';
  return /^(?:node|nodejs)$/.test(name) ? 'node' : 'other';
}
