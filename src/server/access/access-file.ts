import { LockstepError } from '../../errors.ts';
import { SCOPES } from '../../project/serving/tokens.ts';
import { isRecord } from '../../util/guards.ts';
import type { AccessRule } from './oidc.ts';

const KEYS = ['claim', 'value', 'scopes', 'tools', 'groups'];

/**
 * Reads the rules of `serve --access FILE`: a JSON object `{"rules": [{"claim", "value", "scopes", "tools"?, "groups"?}]}`.
 * @throws LockstepError `usage/invalid` with the place of the first fault
 */
export function accessRules(file: string, text: string): readonly AccessRule[] {
  const refuse = (where: string, what: string): never => {
    throw new LockstepError('usage/invalid', `${file}: ${where} ${what}`, [
      '{"rules": [{"claim": "groups", "value": "sre", "scopes": ["run"]}]}',
    ]);
  };
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return refuse('the file', 'is not JSON');
  }
  if (!isRecord(read) || !Array.isArray(read.rules)) return refuse('the file', 'has no list "rules"');
  return read.rules.map((rule: unknown, at): AccessRule => {
    const where = `rule ${at + 1}`;
    if (!isRecord(rule)) return refuse(where, 'is not an object');
    const unknown = Object.keys(rule).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) return refuse(where, `has an unknown key "${unknown.slice(0, 64)}"`);
    const { claim, value, scopes, tools, groups } = rule;
    if (typeof claim !== 'string' || typeof value !== 'string') return refuse(where, 'needs a claim and its value');
    if (!isTexts(scopes) || !scopes.every((one) => (SCOPES as readonly string[]).includes(one)))
      return refuse(where, `needs scopes: ${SCOPES.join(', ')}`);
    if (tools !== undefined && !isTexts(tools)) return refuse(where, 'has tools that are not a list of names');
    if (groups !== undefined && !isTexts(groups)) return refuse(where, 'has groups that are not a list of names');
    const granted = SCOPES.filter((scope) => scopes.includes(scope));
    return { claim, value, scopes: granted, ...(tools && { tools }), ...(groups && { groups }) };
  });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
