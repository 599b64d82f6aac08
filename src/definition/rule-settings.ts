import { mapEntries, type YamlNode } from '../text/node.ts';
import { isAdvice, type Problem, type Severity } from '../text/problem.ts';

export type Setting = 'off' | Severity;

/** `rules:` of lockstep.yaml: a code, or all of a group (`style/*`), and what becomes of it. */
export type RuleSettings = ReadonlyMap<string, Setting>;

/** Comments that ignore a problem hold this word: ignore-comments.ts, which loads the YAML library, is for files that do. */
export const IGNORE = 'lockstep-ignore';

/** Tolerant: what the schema has refused is left out. */
export function readRuleSettings(node: YamlNode | undefined): RuleSettings {
  const settings = new Map<string, Setting>();
  for (const [code, { value }] of mapEntries(node)) {
    const setting = value.kind === 'scalar' ? value.text : '';
    if (setting === 'off' || setting === 'warning' || setting === 'error') settings.set(code, setting);
  }
  return settings;
}

/** Problems as a repository wants to hear of them. What is no advice stays as it is, whatever is set. */
export function withSettings(problems: readonly Problem[], settings: RuleSettings): Problem[] {
  return problems.flatMap((one) => {
    const setting = isAdvice(one.code) ? (settings.get(one.code) ?? settings.get(groupOf(one.code))) : undefined;
    if (setting === 'off') return [];
    return [setting === undefined ? one : { ...one, severity: setting }];
  });
}

/** Whether a code, or all of a group (`style/*`), that somebody wrote takes in this code. */
export function takesIn(written: string, code: string): boolean {
  return written === code || written === groupOf(code);
}

/** Said to those who try to turn off what has to be mended. */
export const ONLY_ADVICE = 'only advice can be: style/..., and what secret/... and kubiya/... only warn of';

/** The one group that has a name of its own. */
export const ALL_STYLE = 'style/*';

function groupOf(code: string): string {
  return code.replace(/\/.*/, '/*');
}
