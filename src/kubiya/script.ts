import type { ScalarNode } from '../text/node.ts';
import { isTemplate } from '../text/template-action.ts';
import { scalar } from './native.ts';

export interface Script {
  readonly run: ScalarNode;
  readonly shell: ScalarNode;
  /** Present if the script has `{{ }}` to fill. */
  readonly templates: ScalarNode | undefined;
}

/**
 * A script as Kubiya runs it: the first line that is not blank chooses the program, else `fallback` does. Shells are
 * named with their `{0}`, because Kubiya's scripts rely on continuing after a failed command. Line numbers do not
 * change, because errors of the program name them.
 */
export function translateScript(content: ScalarNode, fallback: string): Script {
  const written = withoutMargin(withoutEndBlanks(content.text));
  const shell = shellOf(written.trimStart()) ?? fallback;
  // Some languages read a `#!` on a later line as code.
  const text = written.replace(/^((?:[ \t]*\r?\n)+)#![^\r\n]*/, '$1');
  return {
    run: scalar(/^(?:ba)?sh /.test(shell) ? withPython(text) : text, content),
    shell: scalar(shell, content),
    templates: isTemplate(text) ? scalar('safe', content) : undefined,
  };
}

/** Removes a last line of blanks: they are the margin of a closing quote, and a block of YAML cannot hold them. */
export function withoutEndBlanks(text: string): string {
  return text.replace(/(?<=\n)[ \t]+$/, '');
}

/** Removes the margin of a text that was quoted in other code, because Python does not accept it. */
function withoutMargin(text: string): string {
  const lines = text.split('\n');
  const isBlank = (line: string) => line.trim() === '';
  const top = lines.findIndex((line) => !isBlank(line));
  const margin = /^[ \t]*/.exec(lines[top] ?? '')?.[0] ?? '';
  if (margin === '') return text;
  const isOfAll = lines.every((line) => isBlank(line) || line.startsWith(margin));
  return lines
    .map((line, index) => {
      if (isBlank(line)) return line.trimStart();
      return isOfAll || index === top ? line.slice(margin.length) : line;
    })
    .join('\n');
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

/** Replaces `python`, which many scripts call, with `python3`, the only name on most machines. */
function withPython(text: string): string {
  if (!/(?:^|[\s;&|(])python(?=\s)/m.test(text)) return text;
  const [head = ''] = /^#![^\n]*\n/.exec(text) ?? [];
  const rest = text.slice(head.length);
  return `${head}${PYTHON}${/^[ \t]*\r?\n/.test(rest) ? '' : '; '}${rest}`;
}
