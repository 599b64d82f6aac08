import type { ScalarNode } from '../../text/node.ts';
import { isTemplate } from '../scripts/action.ts';
import { scalar } from './native.ts';

export interface Script {
  readonly run: ScalarNode;
  readonly shell: ScalarNode;
  /** Present where the script has `{{ }}` to be filled. */
  readonly templates: ScalarNode | undefined;
}

/**
 * A script as Kubiya runs it: the first line chooses the program, else `fallback` does. Shells are named with their `{0}`,
 * because Kubiya's scripts count on going on after a command that failed.
 */
export function translateScript(content: ScalarNode, fallback: string): Script {
  const text = withoutMargin(content.text);
  const shell = shellOf(text) ?? fallback;
  return {
    run: scalar(/^(?:ba)?sh /.test(shell) ? withPython(text) : text, content),
    shell: scalar(shell, content),
    templates: isTemplate(text) ? scalar('safe', content) : undefined,
  };
}

/** A `#!` counts on the first line alone, and Python minds a margin: both are lost where a text was quoted in other code. */
function withoutMargin(text: string): string {
  const lines = text.replace(/^(?:[ \t]*\r?\n)+/, '').split('\n');
  const margin = /^[ \t]*/.exec(lines[0] ?? '')?.[0] ?? '';
  if (margin === '') return lines.join('\n');
  const isBlank = (line: string) => line.trim() === '';
  const all = lines.every((line) => isBlank(line) || line.startsWith(margin));
  if (all) return lines.map((line) => (isBlank(line) ? line.trimStart() : line.slice(margin.length))).join('\n');
  return [lines[0]?.slice(margin.length), ...lines.slice(1)].join('\n');
}

const SHELLS: Readonly<Record<string, string>> = {
  bash: 'bash {0}',
  sh: 'sh {0}',
  ash: 'sh {0}',
  dash: 'sh {0}',
  python: 'python',
  python2: 'python',
  python3: 'python',
  node: 'node',
  nodejs: 'node',
};

function shellOf(text: string): string | undefined {
  const [, line] = /^#!\s*([^\r\n]*)/.exec(text) ?? [];
  const words = (line ?? '').trim().split(/\s+/);
  if (/(?:^|\/)env$/.test(words[0] ?? '')) words.splice(0, words[1] === '-S' ? 2 : 1);
  const [path = '', ...options] = words;
  const program = path.slice(path.lastIndexOf('/') + 1).replace(/^python3\.\d+$/, 'python3');
  if (!/^[\w.+-]+$/.test(program)) return undefined;
  const known = Object.hasOwn(SHELLS, program) ? SHELLS[program] : undefined;
  if (options.length === 0 && known !== undefined) return known;
  return [known?.endsWith('{0}') ? known.slice(0, -' {0}'.length) : program, ...options, '{0}'].join(' ');
}

const PYTHON = 'command -v python > /dev/null || python() { python3 "$@"; }';

/** Many call `python`, which most machines have as `python3` alone. */
function withPython(text: string): string {
  if (!/(?:^|[\s;&|(])python(?=\s)/m.test(text)) return text;
  const [first = ''] = /^#![^\n]*\n/.exec(text) ?? [];
  return `${first}${PYTHON}\n${text.slice(first.length)}`;
}
