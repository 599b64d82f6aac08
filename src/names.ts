/** The forms of names (DESIGN: a repository). Kept in step with the patterns in `schemas/` by test/names.test.ts. */
export const NAME_PATTERNS = {
  /** groups, members */
  slug: /^[a-z][a-z0-9-]{0,63}$/,
  /** tools, agents */
  definition: /^[a-z][a-z0-9_-]{0,63}$/,
  /** steps, arguments, outputs */
  word: /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
  secret: /^[A-Za-z][A-Za-z0-9_]{0,127}$/,
  variable: /^[A-Za-z_][A-Za-z0-9_]{0,127}$/,
} as const;

export type NameKind = keyof typeof NAME_PATTERNS;

export const NAME_FORMS: Record<NameKind, string> = {
  slug: 'a lower-case letter, then lower-case letters, digits and "-" (64 at most)',
  definition: 'a lower-case letter, then lower-case letters, digits, "-" and "_" (64 at most)',
  word: 'a letter, then letters, digits, "_" and "-" (64 at most)',
  secret: 'a letter, then letters, digits and "_" (128 at most)',
  variable: 'a letter or "_", then letters, digits and "_" (128 at most)',
};

export function isName(kind: NameKind, text: string): boolean {
  return NAME_PATTERNS[kind].test(text);
}

/** `dry-run` -> `INPUT_DRY_RUN`: the variable by which an argument reaches a script. */
export function inputVariable(argument: string): string {
  return `INPUT_${argument.replaceAll('-', '_').toUpperCase()}`;
}

/** What a step with `forEach` finds its item and the item's index in. */
export const ITEM_VARIABLES = ['ITEM', 'ITEM_INDEX'] as const;

const CODE_RUNNING_VARIABLES = new Set(
  `NODE_OPTIONS BASH_ENV ENV SHELLOPTS PS4 IFS PATH HOME PYTHONPATH PYTHONHOME PYTHONSTARTUP PERL5LIB PERL5OPT PERL5DB
   RUBYLIB RUBYOPT JAVA_TOOL_OPTIONS GIT_SSH GIT_SSH_COMMAND GIT_EXEC_PATH GIT_ASKPASS SSH_ASKPASS
   NODE_PATH PERLLIB PYTHONUSERBASE PYTHONBREAKPOINT CLASSPATH GCONV_PATH LUA_INIT RUSTC_WRAPPER
   PROMPT_COMMAND ZDOTDIR LESSOPEN LESSCLOSE HTTP_PROXY HTTPS_PROXY ALL_PROXY`.split(/\s+/),
);
const CODE_RUNNING_PREFIXES = ['BASH_FUNC_', 'LD_', 'DYLD_', 'GIT_CONFIG', 'LOCKSTEP_', 'INPUT_'];

/** Whether Lockstep alone sets variables of such a name. */
export function isReservedVariable(name: string): boolean {
  return /^(LOCKSTEP|INPUT)_/i.test(name);
}

/**
 * Whether a secret injected under this name would run or redirect code (SECURITY section 3, and more of their kind), or would
 * stand in for a variable that Lockstep itself sets. Such a name needs a grant that says `as:NAME`.
 */
export function isDangerousVariable(name: string): boolean {
  const upper = name.toUpperCase();
  return CODE_RUNNING_VARIABLES.has(upper) || CODE_RUNNING_PREFIXES.some((prefix) => upper.startsWith(prefix));
}
