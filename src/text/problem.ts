import type { Range, SourceFile } from './source.ts';

/** Every code a problem can have, with its meaning. The first part names the subject that was read or decided. */
export const PROBLEM_CODES = {
  'yaml/unreadable': 'the file cannot be read, is not UTF-8 text, or is larger than 1 MiB',
  'yaml/syntax': 'the text is not YAML',
  'yaml/duplicate-key': 'a key appears twice in one mapping',
  'yaml/not-plain': 'an anchor, alias, tag, merge key or directive: definitions are plain YAML',
  'yaml/key': 'a key that is not plain text',
  'yaml/layout': '`fmt` cannot format the file without changing its meaning',
  'yaml/too-large': 'nested deeper than 32 levels or more than 20,000 nodes',
  'schema/kind': 'a document that is neither a tool nor an agent',
  'schema/unknown-key': 'a key that the schema does not have',
  'schema/missing-key': 'a required key is absent',
  'schema/type': 'a value of the wrong type',
  'schema/value': 'a value of the right type that is not allowed',
  'schema/step-kind': 'a step needs exactly one of `run` and `uses`, and only the keys that go with it',
  'schema/args': 'an argument declaration that contradicts itself',
  'reference/duplicate-name': 'two definitions, steps or secrets have the same name',
  'reference/unknown-tool': 'no tool of that name',
  'reference/unknown-step': 'no step of that name in this tool',
  'reference/cycle': 'steps or tools that wait for each other',
  'reference/too-many': 'calls that make more steps, or nest deeper, than a run may have',
  'reference/unknown-file': 'a listed file that does not exist or lies outside the repository',
  'reference/unknown-group': 'no group of that name in the vault',
  'reference/variable': 'two things want one environment variable',
  'args/unknown': 'an argument that the tool does not declare',
  'args/missing': 'a required argument was not given',
  'args/invalid': 'an argument that its declaration does not allow',
  'args/template': 'an argument whose value cannot be put into the text of a script',
  'expression/in-run': 'an expression inside a script, where it would be script injection',
  'expression/syntax': 'an expression that cannot be read',
  'expression/unknown': 'an expression that names something that does not exist',
  'expression/position': 'an expression where none is allowed',
  'expression/template': 'a `{{ }}` in a script that cannot be filled in',
  'expression/type': 'an expression of the wrong type for its place',
  'expression/sensitive': 'a sensitive argument in a place where others could read its value',
  'run/services': 'services that cannot run together, or with the steps',
  'secret/unknown': 'a requested secret that the vault does not hold',
  'secret/unchecked': 'a requested secret in a repository that has no vault yet',
  'secret/ungranted': 'a requested secret that the vault does not grant',
  'secret/variable': 'a secret under a variable name that runs or redirects code',
  'secret/exposed': 'a value that a former member could read',
  'secret/due': 'a value that is due for rotation, or that expires within two weeks',
  'secret/expired': 'a value that has expired',
  'secret/unused-grant': 'a grant that no definition uses, or a grant to anything',
  'secret/unused-ceiling': 'a secret that an agent lists but none of its tools requests',
  'secret/old-pin': 'a pinned root that is older than the removal of a member',
  'secret/vault': 'a vault file that cannot be trusted',
  'style/unmentioned-secret': 'a tool requests a secret that its scripts never mention',
  'style/unwritten-output': 'an output that no script writes',
  'style/unlisted-file': 'a script calls a file that a digest does not cover',
  'style/no-description': 'an agent, or a tool or argument that it chooses, without a description',
  'style/unpinned-image': 'an image without a fixed version',
  'style/piped-script': 'a script that is downloaded and run at once',
  'style/lock-order': 'locks that are taken in a circle, so that runs can deadlock',
  'style/written-credential': 'a credential written into the definition',
  'style/secret-in-arguments': 'a secret among the arguments of a program, where every process can read it',
  'style/chosen-destination': 'a step with a secret that sends data to a destination chosen by an argument',
  'style/lethal-trifecta': 'an agent that holds secrets, reads untrusted text, and can send data',
  'style/unknown-input': 'a script that reads an argument which the tool does not have',
  'style/half-expression': 'text that looks like an expression but is not one',
  'style/joined-lines': 'a multi-line script that YAML joins into one line',
  'style/overlapping-tools': 'two entries of an agent that match the same tool but differ on approval',
  'style/code-variable': 'an `env` variable that decides which code runs',
  'style/unused-ignore': 'a comment that ignores a problem that does not occur or cannot be ignored',
  'style/unpassed-variable':
    "a tool requests a variable of the caller's environment that lockstep.yaml does not pass on",
  'kubiya/shape': 'a part of a Kubiya file in a form that Kubiya does not define',
  'kubiya/unsupported': 'a part of a Kubiya file that changes what it does and is not supported here',
  'kubiya/ignored': 'parts of a Kubiya file that have no effect here',
  'kubiya/image': 'a Kubiya tool that names no image',
  'kubiya/variable': "a caller's variable that a Kubiya tool requests and that runs or redirects code",
  'kubiya/credential-env': 'a credential that a Kubiya file takes from the environment, or holds',
  'run/executable': 'a program that a step needs is not installed',
  'run/executor': 'a step that needs an executor that is not available here',
  'run/workdir': 'a working directory that does not exist or lies outside the repository',
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;
/** A `note` needs no fix: it is not counted, and `--strict` ignores it. */
export type Severity = 'error' | 'warning' | 'note';

/** Advice in addition to `style/`: an error only if the settings make it one, and never a reason to stop a run. */
const OTHER_ADVICE: readonly string[] = [
  'kubiya/ignored',
  'kubiya/image',
  'kubiya/variable',
  'kubiya/credential-env',
  'secret/unchecked',
  'secret/exposed',
  'secret/due',
  'secret/expired',
  'secret/unused-grant',
  'secret/unused-ceiling',
  'secret/old-pin',
];

/** Whether settings may turn the code off or into an error. All other codes report something that cannot run safely. */
export function isAdvice(code: string): boolean {
  return Object.hasOwn(PROBLEM_CODES, code) && (code.startsWith('style/') || OTHER_ADVICE.includes(code));
}

export interface Location {
  readonly source: SourceFile;
  readonly range: Range;
}

export interface Related {
  readonly message: string;
  readonly at: Location;
}

/**
 * A mistake in the user's text. Returned in lists, never thrown. `at` is absent where no text is wrong (for example,
 * where a flag is).
 */
export interface Problem {
  readonly code: ProblemCode;
  readonly severity: Severity;
  readonly message: string;
  readonly at?: Location;
  readonly hint?: string;
  readonly related?: readonly Related[];
  /** The argument of a call that the problem concerns, so that a form can show it there. */
  readonly argument?: string;
}

export interface ProblemDetails {
  readonly at?: Location | undefined;
  readonly hint?: string | undefined;
  readonly related?: readonly Related[];
  readonly argument?: string;
  readonly severity?: Severity;
}

export function problem(code: ProblemCode, message: string, details: ProblemDetails = {}): Problem {
  const { at, hint, related, argument, severity = 'error' } = details;
  return {
    code,
    severity,
    message,
    ...(at && { at }),
    ...(argument !== undefined && { argument }),
    ...(hint !== undefined && { hint }),
    ...(related && { related }),
  };
}

/** A key that is equal for problems at the same token of the same file. */
export function placeKey({ at }: { readonly at?: Location }): string {
  return JSON.stringify([at?.source.path, at?.range.start, at?.range.end]);
}

/** In reading order, without duplicates, as every interface prints them. */
export function sortedProblems(problems: readonly Problem[]): Problem[] {
  const unique = new Map<string, Problem>();
  for (const one of problems) {
    const key = JSON.stringify([placeKey(one), one.code, one.message]);
    if (!unique.has(key)) unique.set(key, one);
  }
  return [...unique.values()].sort(
    (a, b) =>
      compareText(a.at?.source.path ?? '', b.at?.source.path ?? '') ||
      (a.at?.range.start ?? 0) - (b.at?.range.start ?? 0) ||
      compareText(a.code, b.code) ||
      compareText(a.message, b.message),
  );
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((one) => one.severity === 'error');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
