import type { Limited } from '../template/limits.ts';
import type { Marker } from '../template/marker.ts';

/** A call that hands a text to a shell, or to the language itself. */
interface Runner {
  readonly call: RegExp;
  /** Of `eval` a word is a variable, and of what loads a module it is the module. */
  readonly limit: 'run-text' | 'integer' | 'plain';
  /** Only where the script has this too. */
  readonly where?: RegExp;
}

const RUNNERS: Readonly<Record<'python' | 'node', readonly Runner[]>> = {
  python: [
    { limit: 'integer', call: /(?:(?<![.\w])|\bbuiltins\.)(?:eval|exec|compile)\s*\(/g },
    { limit: 'plain', call: /\b(?:__import__|import_module|run_path|run_module)\s*\(/g },
    {
      limit: 'run-text',
      call: /(?:\bos\.(?:system|popen)|\bget(?:status)?output|\bcreate_subprocess_shell|\.exec_command|\.(?:system|popen)|(?<![.\w])(?:system|popen))\s*\(/g,
    },
    {
      limit: 'run-text',
      call: /\b(?:run|call|check_call|check_output|Popen)\s*\(/g,
      where: /\bshell\s*=\s*(?!False\b|0\b|None\b)/,
    },
  ],
  node: [
    {
      limit: 'integer',
      call: /(?:(?<![.\w$])eval|\b(?:globalThis|global|window)\.eval|\bnew\s+Function|\bvm\.\w+)\s*\(/g,
    },
    { limit: 'plain', call: /(?<![.\w$])(?:require|import)\s*\(/g },
    { limit: 'run-text', call: /\b(?:execSync|execaCommand(?:Sync)?|shell(?:js)?\.exec)\s*\(/g },
    { limit: 'run-text', call: /\bexec\s*\(/g, where: /child_process/ },
    { limit: 'run-text', call: /\b(?:spawn|execFile|execa)(?:Sync)?\s*\(/g, where: /\bshell\s*:\s*(?!false\b)/ },
  ],
};
/** The name of an interpreter, or of what hands words to one, as a text of its own. */
const NAMES_SHELL =
  /['"`](?:\/[\w/.-]*\/)?(?:(?:ba|da|z|k|a|s)?sh|cmd|pwsh|powershell|su|sudo|env|xargs|ssh|[gmn]?awk|g?sed|perl|ruby|php|node|python[\d.]*|find|watch|timeout|nohup|docker|kubectl|parallel)['"`]/;
/**
 * A script that starts processes and names a shell, or that calls what runs texts by a name of its own: which of its calls
 * takes a text that is run, nothing here can tell.
 */
const HIDDEN: Readonly<Record<'python' | 'node', (text: string) => boolean>> = {
  python: (text) =>
    /\bimportlib\b|\bgetattr\s*\(/.test(text) ||
    (/\b(?:subprocess|os|pty|asyncio)\b/.test(text) &&
      (NAMES_SHELL.test(text) ||
        /['"]shell['"]|\bos\.(?:exec|spawn|posix_spawn)|\bsys\.executable|\bshlex\b|\bpartial\b|\bimport\s+(?:os|subprocess)\s+as\b|\bfrom\s+(?:os|subprocess)\s+import\b[^\n]*\bas\b/.test(
          text,
        ) ||
        // A name of its own for what runs texts, or a file that is written and run.
        /\b(?:os\.(?:system|popen)|subprocess\.\w*(?:run|call|output|Popen))\b(?!\s*\()/.test(text) ||
        /['"][\w./-]*\.(?:sh|py|bash)['"]/.test(text))),
  node: (text) =>
    /(?<!new\s)\bFunction\s*\(|\(\s*0\s*,\s*eval\b/.test(text) ||
    (/child_process/.test(text) &&
      (NAMES_SHELL.test(text) ||
        /\bpromisify\b|\bexec(?:Sync)?\s*:|\bas\s+\w|\[\s*['"`]exec|[{,]\s*shell\s*[,}]|\bexec(?:Sync)?\b(?!\s*[(,}])|\.split\s*\(/.test(
          text,
        ) ||
        /['"`][\w./-]*\.(?:sh|js|mjs|bash)['"`]/.test(text))) ||
    /\b(?:shelljs|zx|execa)\b/.test(text),
};
/** A text, and nothing that is put into it. */
const CONSTANT = /^\s*[rbu]{0,2}(?:'[^'\\\n]*'|"[^"\\\n]*"|`[^`\\$]*`)\s*[,)]/i;
const OPENS_TEXT = /^\s*[frbu]{0,2}["'`]{1,3}\s*$/i;

/** What the value of a hole has to be in a script of Python or JavaScript, by where it begins. */
export function limitsIn(
  text: string,
  language: 'python' | 'node',
  marker: Marker,
): (start: number) => readonly Limited[] {
  const limited = limitOfTexts(text, language, marker);
  return (start) => {
    const element = limitOfElement(text, language, start) ?? [];
    if (limited === undefined) return [element].flat();
    const limit = choosesProgram(text, language, start) ? 'integer' : limited.limit;
    return [{ ...limited, limit }, element].flat();
  };
}

/**
 * What the values in a script of Python or JavaScript have to be where it hands texts to a shell or evaluates them: all of
 * them, for nothing follows values through these languages. Undefined where it does neither.
 */
function limitOfTexts(text: string, language: 'python' | 'node', marker: Marker): Limited | undefined {
  const isConstant = (end: number) => {
    const [constant] = CONSTANT.exec(text.slice(end, end + 1000)) ?? [];
    return constant !== undefined && !marker.isIn(constant);
  };
  const found = (limit: Runner['limit']) => !endsOfCalls(text, language, limit).every(isConstant);
  if (found('integer')) return { limit: 'integer', because: 'the script evaluates texts' };
  if (found('plain')) return { limit: 'plain', because: 'the script loads a module whose name is computed' };
  if (found('run-text') || HIDDEN[language](text))
    return { limit: 'run-text', because: 'the script hands texts to a shell, or evaluates them' };
  if (language === 'python' && FORMATS.test(text))
    return { limit: 'no-fields', because: 'the script formats texts, which puts values in place of fields' };
  return undefined;
}

/** What puts values into a text at run time: a field of the text may name any of them. */
const FORMATS = /\.format(?:_map)?\s*\(|\bTemplate\s*\(|["')\w]\s*%\s*(?:\(|\{|\w)/;

/** Whether a value begins what is run, and so chooses the program. */
function choosesProgram(text: string, language: 'python' | 'node', start: number): boolean {
  const before = text.slice(Math.max(0, start - 100), start);
  const variable = /(?<![.\w])(\w+)\s*=\s*[frbu]{0,2}["'`]{0,3}$/i.exec(before)?.[1];
  const isRun = (end: number) => /^\s*(\w+)\s*[,)]/.exec(text.slice(end, end + 200))?.[1] === variable;
  if (variable !== undefined && endsOfCalls(text, language).some(isRun)) return true;
  return endsOfCalls(before, language, undefined, text).some((end) => OPENS_TEXT.test(before.slice(end)));
}

const STARTS_PROGRAMS: Readonly<Record<'python' | 'node', RegExp>> = {
  python: /\b(?:subprocess|os\.exec|os\.spawn|create_subprocess|pexpect)\b/,
  node: /child_process|\bexeca\b/,
};

/** What a value may not be that begins an element of a list, in a script that runs programs with lists of arguments. */
function limitOfElement(text: string, language: 'python' | 'node', start: number): Limited | undefined {
  const begins = /[[(,]\s*[frbu]{0,2}["'`]{1,3}$/i.test(text.slice(Math.max(0, start - 100), start));
  if (!begins || !STARTS_PROGRAMS[language].test(text)) return undefined;
  return { limit: 'no-option', because: 'a program may take it for an option' };
}

function endsOfCalls(
  text: string,
  language: 'python' | 'node',
  kind?: Runner['limit'],
  whole = text,
): readonly number[] {
  return RUNNERS[language]
    .filter(({ limit }) => kind === undefined || kind === limit)
    .filter(({ where }) => where === undefined || where.test(whole))
    .flatMap(({ call }) => [...text.matchAll(call)].map((found) => found.index + found[0].length));
}
