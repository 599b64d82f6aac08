import { type Problem, problem } from '../../../text/problem.ts';
import { type Range, SourceFile } from '../../../text/source.ts';
import { type Agent, isRun, type Named, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/**
 * Everyone with a copy of the repository has the credentials in its definitions, and they stay in the history. `scan`
 * finds more: it looks for the vault's values.
 */
export const writtenCredentials: Rule = {
  name: 'written-credentials',
  visitor() {
    const sources = new Set<SourceFile>();
    const variables: Variable[] = [];
    const read = ({ source }: Tool | Agent, own: readonly Variable[]): readonly Problem[] => {
      sources.add(source);
      variables.push(...own);
      return [];
    };
    return {
      tool: (tool) => read(tool, variablesOf(tool)),
      agent: (agent) => read(agent, variablesOfAgent(agent)),
      end() {
        const named = variables.filter(({ name, text }) => SECRET_NAME.test(name) && isLiteral(text));
        return [...sources].flatMap((source) =>
          credentialProblemsIn(source, [
            ...shapesIn(source),
            ...named.filter(({ at }) => at.source === source).map(byName),
          ]),
        );
      },
    };
  },
};

/** The message, its location, and the text to keep secret. */
interface WrittenCredential {
  readonly message: string;
  readonly range: Range;
  readonly hidden: Range;
}

/** All problems of a file point into one copy of it, in which an excerpt shows none of the credentials. */
function credentialProblemsIn({ path, text }: SourceFile, findings: readonly WrittenCredential[]): Problem[] {
  if (findings.length === 0) return [];
  let covered = '';
  for (const { hidden } of [...findings].sort((a, b) => a.hidden.start - b.hidden.start)) {
    covered += text.slice(covered.length, hidden.start);
    covered += text.slice(covered.length, hidden.end).replace(/[^\s:]/g, '*');
  }
  const source = new SourceFile(path, covered + text.slice(covered.length));
  return findings.map(({ message, range }) =>
    problem('style/written-credential', message, {
      at: { source, range },
      severity: 'warning',
      hint: 'replace it at its source, store it by `lockstep secret set NAME`, and list NAME under `secrets:` instead',
    }),
  );
}

const SECRET_NAME =
  /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS?|(?:API|ACCESS|PRIVATE|SECRET|SIGNING|AUTH)_?KEY)$/i;

/** Words that mean the absence of a credential, and texts that only refer to one. */
const NO_VALUE =
  /^(?:|true|false|yes|no|on|off|none|null|disabled|optional|required|\d{1,4}|[.~]?\/.*|\w+:\/\/[^@]*|<.*>|\$.*)$/i;

const PRIVATE_KEY = 'a private key';

/** The prefixes that issuers of credentials use, with lengths that no word has. */
const SHAPES: readonly (readonly [whose: string, shape: RegExp])[] = [
  ['GitHub', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{36,})/g],
  ['GitLab', /\bglpat-[\w-]{20,}/g],
  ['AWS', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ['Google', /\bAIza[\w-]{35}/g],
  ['Slack', /\bxox[abeprs]-[\w-]{10,}/g],
  ['Stripe', /\b[sr]k_live_[A-Za-z0-9]{16,}/g],
  ['npm', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['age', /\bAGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{50,}/g],
  [PRIVATE_KEY, /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g],
];

/** A comment that marks its line as free of credentials, for this rule and for `scan`. */
export const NOT_A_SECRET = 'lockstep: not-a-secret';

function shapesIn(source: SourceFile): WrittenCredential[] {
  return SHAPES.flatMap(([whose, shape]) =>
    [...source.text.matchAll(shape)].flatMap(({ 0: found, index }) => {
      if (source.line(source.position(index).line).includes(NOT_A_SECRET)) return [];
      const what = whose === PRIVATE_KEY ? whose : `what looks like a credential of ${whose}`;
      const range = { start: index, end: index + found.length };
      return [{ message: `${what} is written into the definition`, range, hidden: range }];
    }),
  );
}

interface Variable extends Named {
  /** Empty where an expression gives the text. */
  readonly text: string;
}

function variablesOf(tool: Tool): Variable[] {
  const env = [tool.env, ...tool.steps.filter(isRun).map((step) => step.env)].flatMap((one) => [...one]);
  return env.map(([name, { parts, key, at }]) => {
    const text = parts.every((part) => typeof part === 'string') ? parts.join('') : '';
    return { name, text, at: key ?? at };
  });
}

function variablesOfAgent({ env, variables }: Agent): Variable[] {
  return variables.map(({ name, at }) => ({ name, at, text: env.get(name) ?? '' }));
}

/** One mistake, one message: a value with a well-known shape is reported already. */
function isLiteral(text: string): boolean {
  return !NO_VALUE.test(text.trim()) && SHAPES.every(([, shape]) => text.search(shape) === -1);
}

function byName({ name, at: { source, range } }: Variable): WrittenCredential {
  const end = source.text.indexOf('\n', range.end);
  return {
    message: `$${name} is named like a credential, and its value is written here`,
    range,
    hidden: { start: range.end, end: end === -1 ? source.text.length : end },
  };
}
