import type { Limited } from './limits.ts';
import type { Marker } from './marker.ts';

/** A call that hands a text to a shell, or to the language itself. */
interface Runner {
  readonly call: RegExp;
  /** Only where the script has this too. */
  readonly where?: RegExp;
}

const RUNNERS: Readonly<Record<'python' | 'node', readonly Runner[]>> = {
  python: [
    {
      call: /(?:\bos\.(?:system|popen)|\bget(?:status)?output|\bcreate_subprocess_shell|\.exec_command|\.(?:system|popen)|(?<![.\w])(?:eval|exec|compile|system|popen))\s*\(/g,
    },
    {
      call: /\b(?:run|call|check_call|check_output|Popen)\s*\(/g,
      where: /\bshell\s*=\s*(?!False\b|0\b|None\b)/,
    },
  ],
  node: [
    {
      call: /(?:(?<![.\w$])eval|\bnew\s+Function|\bvm\.\w+|\bexecSync|\bexecaCommand(?:Sync)?|\bshell(?:js)?\.exec)\s*\(/g,
    },
    { call: /\bexec\s*\(/g, where: /child_process/ },
    { call: /\b(?:spawn|execFile|execa)(?:Sync)?\s*\(/g, where: /\bshell\s*:\s*(?!false\b)/ },
  ],
};
/** The name of a shell, or of what hands words to one, as a text of its own. */
const NAMES_SHELL = /['"`](?:\/[\w/.-]*\/)?(?:(?:ba|da|z|k|a|s)?sh|cmd|pwsh|powershell|su|sudo|env|xargs)['"`]/;
/**
 * A script that starts processes and names a shell, or that calls what runs texts by a name of its own: which of its calls
 * takes a text that is run, nothing here can tell.
 */
const HIDDEN: Readonly<Record<'python' | 'node', (text: string) => boolean>> = {
  python: (text) =>
    /__import__|\bimportlib\b|\bgetattr\s*\(/.test(text) ||
    (/\b(?:subprocess|os|pty|asyncio)\b/.test(text) &&
      (NAMES_SHELL.test(text) ||
        /['"]shell['"]|\bos\.exec|\bimport\s+(?:os|subprocess)\s+as\b|\bfrom\s+(?:os|subprocess)\s+import\b[^\n]*\bas\b/.test(
          text,
        ))),
  node: (text) =>
    /(?<!new\s)\bFunction\s*\(|\(\s*0\s*,\s*eval\b/.test(text) ||
    (/child_process/.test(text) &&
      (NAMES_SHELL.test(text) || /\bpromisify\b|\bexec(?:Sync)?\s*:|\[\s*['"`]exec|[{,]\s*shell\s*[,}]/.test(text))),
};
/** A text, and nothing that is put into it. */
const CONSTANT = /^\s*[rbu]{0,2}(?:'[^'\\\n]*'|"[^"\\\n]*"|`[^`\\$]*`)\s*[,)]/i;
const OPENS_TEXT = /^\s*[frbu]{0,2}["'`]{1,3}\s*$/i;

/**
 * What the values in a script of Python or JavaScript have to be where it hands texts to a shell or evaluates them: all of
 * them, for nothing follows values through these languages. Undefined where it does neither.
 */
export function limitOfTexts(text: string, language: 'python' | 'node', marker: Marker): Limited | undefined {
  const because = 'the script hands texts to a shell, or evaluates them';
  const isConstant = (end: number) => {
    const [constant] = CONSTANT.exec(text.slice(end, end + 1000)) ?? [];
    return constant !== undefined && !marker.isIn(constant);
  };
  const isHarmless = !HIDDEN[language](text) && endsOfCalls(text, language).every(isConstant);
  return isHarmless ? undefined : { limit: 'run-text', because };
}

/** Whether a value begins what is run, and so chooses the program. */
export function choosesProgram(text: string, language: 'python' | 'node', start: number): boolean {
  const before = text.slice(Math.max(0, start - 100), start);
  return endsOfCalls(before, language, text).some((end) => OPENS_TEXT.test(before.slice(end)));
}

function endsOfCalls(text: string, language: 'python' | 'node', whole = text): readonly number[] {
  return RUNNERS[language]
    .filter(({ where }) => where === undefined || where.test(whole))
    .flatMap(({ call }) => [...text.matchAll(call)].map((found) => found.index + found[0].length));
}
