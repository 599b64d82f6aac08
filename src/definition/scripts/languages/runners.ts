/** What in a script of Python or JavaScript hands texts to a shell, evaluates them or starts programs. */
/** A call that hands a text to a shell, or to the language itself. */
export interface Runner {
  readonly call: RegExp;
  /** Of `eval` a word is a variable, and of what loads a module it is the module. */
  readonly limit: 'run-text' | 'integer' | 'plain';
  /** Only where the script has this too. */
  readonly where?: RegExp;
}

export const RUNNERS: Readonly<Record<'python' | 'node', readonly Runner[]>> = {
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
export const HIDDEN: Readonly<Record<'python' | 'node', (text: string) => boolean>> = {
  python: (text) =>
    /\bimportlib\b|\bgetattr\s*\(/.test(text) ||
    (/\b(?:subprocess|os|pty|asyncio)\b/.test(text) &&
      (NAMES_SHELL.test(text) ||
        /['"]shell['"]|\bos\.(?:exec|spawn|posix_spawn)|\bsys\.executable|\bshlex\b|\bpartial\b|\bimport\s+(?:os|subprocess)\s+as\b|\bfrom\s+(?:os|subprocess)\s+import\b[^\n]*\bas\b/.test(
          text,
        ) ||
        // A name of its own for what runs texts, or a file that is written and run.
        /\b(?:os\.(?:system|popen)|subprocess\.\w*(?:run|call|output|Popen))\b(?!\s*\()/.test(text) ||
        /['"][\w./-]*\.(?:sh|py|bash)['"]|['"]-\w*c['"]|#!\s*\/|["']\s*\.split\(|\+\s*["'][^"'\n]*["']\s*\)\s*\.split\(/.test(
          text,
        ))) ||
    /\b(?:yaml\.(?:unsafe_load|full_load|load)\s*\((?![^\n]*Safe)|(?:pickle|marshal|dill|shelve|joblib|webbrowser)\.\w+)/.test(
      text,
    ),
  node: (text) =>
    /(?<!new\s)\bFunction\s*\(|\(\s*0\s*,\s*eval\b/.test(text) ||
    (/child_process/.test(text) &&
      (NAMES_SHELL.test(text) ||
        /\bpromisify\b|\bexec(?:Sync)?\s*:|\bas\s+\w|\[\s*['"`]exec|[{,]\s*shell\s*[,}]|\bexec(?:Sync)?\b(?!\s*[(,}])|\.split\s*\(/.test(
          text,
        ) ||
        /['"`][\w./-]*\.(?:sh|js|mjs|bash)['"`]|['"`]-\w*c['"`]|#!\s*\/|\bshell['"]?\]?\s*[:=]\s*(?!false)|\.match\s*\(/.test(
          text,
        ))) ||
    /\b(?:shelljs|zx|execa)\b/.test(text),
};

/** Names that evaluate texts, wherever they stand in code, besides as a call that `RUNNERS` knows. */
export const EVALUATORS: Readonly<Record<'python' | 'node', RegExp>> = {
  python:
    /(?<![.\w])(?:eval|exec)\b(?!\s*\()|\b(?:import|from)[ \t]+(?:timeit|cProfile|profile|runpy|code|codeop|pdb|bdb|trace|doctest)\b/,
  node: /(?<![.\w$])(?:eval|Function)\b(?!\s*\()|\brunIn\w*Context\b|\._compile\b|\.constructor\b\s*\)?\s*\(|\beval\s*:|\beval\?\.|\bnew\s+Script\b/,
};

/** What starts processes. */
export const STARTS_PROGRAMS: Readonly<Record<'python' | 'node', RegExp>> = {
  python: /\b(?:subprocess|os\.(?:exec|spawn|posix_spawn)|pty|create_subprocess|pexpect)/,
  node: /child_process|\bexeca\b/,
};

/** Calls whose first argument, or its first element, is the program. */
export const STARTERS: Readonly<Record<'python' | 'node', RegExp>> = {
  python:
    /\b(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput|create_subprocess_exec|spawn\w*|exec[lv]\w*|posix_spawnp?)\s*\(|\bexecutable\s*=/g,
  node: /\b(?:spawn|execFile|exec|fork|execa|Worker)(?:Sync)?\s*\(/g,
};
