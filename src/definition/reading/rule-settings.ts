import { mapEntries, type YamlNode } from '../../text/node.ts';
import { isAdvice, type Problem, type Severity } from '../../text/problem.ts';

export type Setting = 'off' | Exclude<Severity, 'note'>;

/** `rules:` of lockstep.yaml: a code, or `style/*`, and its setting. */
export type RuleSettings = ReadonlyMap<string, Setting>;

/** Marks comments that ignore a problem: only files with it need ignore-comments.ts, which loads the YAML library. */
export const IGNORE = 'lockstep-ignore';

/** Tolerant: settings that the schema has refused are left out. */
export function readRuleSettings(node: YamlNode | undefined): RuleSettings {
  const settings = new Map<string, Setting>();
  for (const [code, { value }] of mapEntries(node)) {
    const setting = value.kind === 'scalar' ? value.text : '';
    if (setting === 'off' || setting === 'warning' || setting === 'error') settings.set(code, setting);
  }
  return settings;
}

/** Applies the repository's settings to the problems. Settings cannot change the severity of errors. */
export function withSettings(problems: readonly Problem[], settings: RuleSettings): Problem[] {
  return problems.flatMap((one) => {
    const ofAll = takesIn(ALL_STYLE, one.code) ? settings.get(ALL_STYLE) : undefined;
    const setting = isAdvice(one.code) ? (settings.get(one.code) ?? ofAll) : undefined;
    if (setting === 'off') return [];
    return [setting === undefined ? one : { ...one, severity: setting }];
  });
}

/** Whether the written pattern, a code or `style/*`, covers this code. */
export function takesIn(written: string, code: string): boolean {
  return written === code || (written === ALL_STYLE && code.startsWith('style/'));
}

/** The hint for a setting that tries to turn off an error. */
export const ONLY_ADVICE = 'only advice can be: style/..., and what secret/... and kubiya/... only warn of';

/** The only group of codes that can be set and ignored as a whole. */
export const ALL_STYLE = 'style/*';
