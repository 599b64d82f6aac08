import { isName } from '../names.ts';
import { field, type MapNode, mapEntries, type ScalarNode, type YamlNode } from '../text/node.ts';
import { redirects } from './arguments.ts';
import { type Findings, isEmpty, storeHint } from './findings.ts';
import { filled, mapping, scalar, sequence } from './native.ts';

export interface Environment {
  readonly secrets: YamlNode | undefined;
  /** The names of variables to take from the caller. */
  readonly passEnv: YamlNode | undefined;
  /** Variables with values in the file. */
  readonly values: ReadonlyMap<string, YamlNode>;
}

/** Variables of every step. */
const OF_THE_MACHINE = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'];

/**
 * Translates `secrets` to requests. `env` names variables that Kubiya takes from the caller: names that look like a
 * credential become optional secrets, and the rest `passEnv`.
 * @param taken the variables of arguments
 */
export function translateEnvironment(tool: MapNode, taken: ReadonlySet<string>, findings: Findings): Environment {
  const secrets = new Map<string, YamlNode>();
  const passed = new Map<string, YamlNode>();
  for (const node of names(tool, 'secrets', 'a secret', findings)) {
    if (findings.name(node, 'secret', 'a secret')) secrets.set(node.text, scalar(node.text, node));
  }
  const env = field(tool, 'env');
  const values = env?.kind === 'map' ? translateValues(env, findings) : new Map<string, YamlNode>();
  for (const node of env?.kind === 'map' ? [] : names(tool, 'env', 'a variable', findings)) {
    const { text: name } = node;
    if (!findings.name(node, 'variable', 'a variable') || secrets.has(name) || taken.has(name)) continue;
    if (OF_THE_MACHINE.includes(name)) continue;
    if (redirects(name)) sayRedirects(node, findings);
    else if (looksLikeCredential(name) && isName('secret', name))
      secrets.set(name, offeredSecret(node, findings, 'warning'));
    else passed.set(name, scalar(name, node));
  }
  return {
    secrets: filled(sequence(field(tool, 'secrets') ?? env ?? tool, [...secrets.values()])),
    passEnv: filled(sequence(env ?? tool, [...passed.values()])),
    values,
  };
}

/** A mapping gives the values; a reference to the caller's variable of the same name requests that variable. */
export function translateValues(
  env: MapNode,
  findings: Findings,
  instead = (_name: string) => 'name it under `secrets:` instead',
): Map<string, YamlNode> {
  const values = new Map<string, YamlNode>();
  for (const [name, { key, value }] of mapEntries(env)) {
    if (!findings.name(key, 'variable', 'a variable')) continue;
    if (value.kind !== 'scalar') findings.shape(value, `the variable "${name}" has to be text`);
    else {
      values.set(name, scalar(value.text, value));
      if (looksLikeCredential(name) && !isEmpty(value) && !value.text.includes('$'))
        findings.say(
          'kubiya/credential-env',
          value,
          `"${name}" looks like a credential, and its value stands in the file`,
          `replace it at its source, store it by \`lockstep secret set ${name}\`, and ${instead(name)}`,
          'warning',
        );
    }
  }
  return values;
}

/** The items of a list that are names, or mappings with only a `name`; reports all others. */
export function names(tool: MapNode, key: string, what: string, findings: Findings): ScalarNode[] {
  return findings.items(tool, key).flatMap((item) => {
    if (item.kind === 'scalar') return [item];
    const name = field(item, 'name');
    if (name?.kind === 'scalar' && item.kind === 'map' && item.entries.size === 1) return [name];
    findings.shape(item, `an item of \`${key}\` has to be the name of ${what}`);
    return [];
  });
}

function sayRedirects(name: ScalarNode, findings: Findings): void {
  findings.say(
    'kubiya/variable',
    name,
    `$${name.text} is not taken from the file: it would redirect what runs`,
    'remove it from `env:`',
    'warning',
  );
}

/**
 * The secret is optional, because Kubiya starts without it too; if the vault holds it, its grants apply as usual.
 * @param severity a note where the file has no `secrets:` that could name it instead
 */
export function offeredSecret(name: ScalarNode, findings: Findings, severity: 'warning' | 'note'): YamlNode {
  findings.once(
    name.text,
    'kubiya/credential-env',
    name,
    `"${name.text}" looks like a credential: it is taken from the vault, and never from the environment`,
    {
      severity,
      hint: severity === 'note' ? storeHint(name.text) : `name it under \`secrets:\` instead; ${storeHint(name.text)}`,
    },
  );
  return mapping(name, [
    ['name', scalar(name.text, name)],
    ['required', scalar(false, name)],
  ]);
}

const CREDENTIAL =
  /(?:^|_)(?:\w*TOKENS?|\w*SECRETS?|PASS|\w*PASS(?:WORD|WD|PHRASE)|\w*CREDENTIALS?|PAT|AUTH|KEY|\w*APIKEY|KEY_ID)$|API_?KEY|PASSWORD|SECRET/i;

export function looksLikeCredential(variable: string): boolean {
  return CREDENTIAL.test(variable);
}
