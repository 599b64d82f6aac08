import { isDangerousVariable, isTrustedVariable } from '../names.ts';
import { field, listItems, type MapNode, mapEntries, type ScalarNode, textField, type YamlNode } from '../text/node.ts';
import { entry, type Findings, isEmpty, isNull } from './findings.ts';
import { filled, mapping, scalar, sequence } from './native.ts';

export interface Arguments {
  readonly declared: YamlNode | undefined;
  /** Variable -> its content: Kubiya's scripts read an argument by its own name. */
  readonly variables: ReadonlyMap<string, ScalarNode>;
}

const TYPES: Readonly<Record<string, string>> = {
  str: 'string',
  string: 'string',
  text: 'string',
  int: 'integer',
  integer: 'integer',
  float: 'number',
  number: 'number',
  bool: 'boolean',
  boolean: 'boolean',
  list: 'array',
  array: 'array',
  dict: 'object',
  map: 'object',
  object: 'object',
};

const KEYS = ['name', 'type', 'description', 'required', 'default', 'options', 'options_from', 'profile'];

/**
 * Translates `args`, a list of mappings with names, or a mapping of names.
 * @param mentions whether the tool reads a variable of this name
 * @param given names for which a caller gives values, declared or not
 */
export function translateArguments(
  tool: MapNode,
  findings: Findings,
  mentions: (variable: string) => boolean,
  given: readonly ScalarNode[] = [],
): Arguments {
  const declared: [string, YamlNode][] = [];
  const variables = new Map<string, ScalarNode>();
  const written = namedArguments(field(tool, 'args'), findings);
  const undeclared = given.filter(({ text }) => !written.some(({ name }) => name.text === text));
  for (const { name, body } of [...written, ...undeclared.map((name) => ({ name, body: nothing(name) }))]) {
    if (!findings.name(name, 'word', 'an argument')) continue;
    if (declared.some(([other]) => other === name.text)) {
      findings.shape(name, `the argument "${name.text}" stands twice`, 'remove one of the two');
      continue;
    }
    declared.push([name.text, translateArgument(name, body, findings)]);
    const variable = argumentVariable(name, findings, mentions);
    if (variable !== undefined && mentions(variable) && !variables.has(variable))
      variables.set(variable, scalar(`\${{ args.${name.text} }}`, name));
  }
  const args = filled(mapping(field(tool, 'args') ?? tool, declared));
  return { declared: args, variables };
}

function nothing({ range }: ScalarNode): ScalarNode {
  return { kind: 'scalar', value: null, text: '', range };
}

interface NamedArgument {
  readonly name: ScalarNode;
  readonly body: YamlNode;
}

function namedArguments(args: YamlNode | undefined, findings: Findings): NamedArgument[] {
  if (args === undefined || isEmpty(args)) return [];
  if (args.kind === 'map') return mapEntries(args).map(([, { key, value }]) => ({ name: key, body: value }));
  if (args.kind === 'scalar') {
    findings.shape(args, '`args` has to be a list or a mapping of arguments');
    return [];
  }
  return listItems(args).flatMap((item) => {
    const name = field(item, 'name');
    if (name?.kind === 'scalar' && name.text !== '') return [{ name, body: item }];
    const [[first] = []] = mapEntries(item);
    const hint = first === undefined ? 'write it as - name: NAME' : `write it as - name: ${first}`;
    findings.shape(item, 'an argument has no `name`', hint);
    return [];
  });
}

function translateArgument(name: ScalarNode, body: YamlNode, findings: Findings): YamlNode {
  if (body.kind !== 'map') {
    if (!isNull(body))
      findings.shape(body, `the argument "${name.text}" has to be a mapping`, 'give it a `description:`');
    return mapping(name, [['required', scalar(false, name)]]);
  }
  findings.otherKeys(body, KEYS, []);
  const from = entry(body, 'options_from');
  if (from) findings.unsupported(from, 'offers values that a script finds; any value is taken', undefined, 'warning');
  const type = typeOf(body, findings);
  const given = field(body, 'default');
  const initial = given === undefined || isNull(given) || isEmptyText(given) ? undefined : typed(given, type);
  const options = findings.items(body, 'options').map((option) => typed(option, type));
  const required = textField(body, 'required')?.toLowerCase() === 'true';
  return mapping(name, [
    ['type', type === undefined ? undefined : scalar(type, field(body, 'type') ?? name)],
    ['description', findings.text(body, 'description')],
    ['default', initial],
    ['required', initial === undefined && !required ? scalar(false, field(body, 'required') ?? name) : undefined],
    ['enum', options.length === 0 ? undefined : sequence(field(body, 'options') ?? name, options)],
  ]);
}

/** The written type; undefined without one, which means text. */
function typeOf(body: MapNode, findings: Findings): string | undefined {
  const written = findings.text(body, 'type');
  if (written === undefined) return undefined;
  const name = written.text.toLowerCase();
  if (Object.hasOwn(TYPES, name)) return TYPES[name];
  findings.once(
    name,
    'kubiya/ignored',
    written,
    `"${written.text.slice(0, 40)}" is not a type of arguments; it is read as text`,
    { hint: 'write `type: string`' },
  );
  return 'string';
}

function isEmptyText(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.text === '';
}

/** Converts a value to its type: Kubiya's files write most values as texts, regardless of the type. */
export function typed(node: YamlNode, type = 'string'): YamlNode {
  if (node.kind !== 'scalar') return node;
  if (type === 'string') return scalar(node.text, node);
  if (type === 'boolean' && /^(true|false)$/i.test(node.text)) return scalar(node.text.toLowerCase() === 'true', node);
  const number = Number(node.text);
  const isNumber = (type === 'integer' || type === 'number') && node.text.trim() !== '' && Number.isFinite(number);
  return isNumber ? scalar(number, node) : node;
}

/**
 * The variable of an argument: $aws_account_id for `aws-account-id`. Undefined where a variable of that name would run
 * or redirect code, which is an error if the tool reads it.
 */
export function argumentVariable(
  name: ScalarNode,
  findings: Findings,
  mentions: (variable: string) => boolean,
): string | undefined {
  const variable = name.text.replaceAll('-', '_');
  if (!redirectsByArgument(variable)) return variable;
  if (mentions(variable))
    findings.say(
      'kubiya/unsupported',
      name,
      `the argument "${name.text}" cannot become $${variable}, which the tool reads: it would redirect what runs`,
      `rename the argument, or read it as $INPUT_${variable.toUpperCase()} alone`,
    );
  return undefined;
}

/**
 * Compares the argument's own spelling: `$path` is an ordinary variable, `$PATH` is not; proxies have both spellings.
 */
export function redirects(variable: string): boolean {
  return isAsSpelt(variable) && isDangerousVariable(variable);
}

/** As `redirects`, for an argument, whose value any caller may choose. */
function redirectsByArgument(variable: string): boolean {
  return isAsSpelt(variable) && isTrustedVariable(variable);
}

function isAsSpelt(variable: string): boolean {
  return variable === variable.toUpperCase() || /_(?:proxy|options)$|^npm_config_/i.test(variable);
}
