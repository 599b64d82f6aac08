import { field, type MapNode, type ScalarNode, type YamlNode } from '../text/node.ts';
import { names, translateValues } from './environment.ts';
import { entry, type Findings, legalName } from './findings.ts';
import { filled, mapping, scalar, sequence } from './native.ts';
import { translateTool } from './tool.ts';

/** Keys that identify an agent of Kubiya. */
export const AGENT_KEYS = ['ai_instructions', 'environment_variables', 'llm_model', 'instruction_type', 'env_vars'];

const KEYS =
  `name description desc ai_instructions instructions llm_model model tools secrets environment_variables env_vars allowed_groups
  allowed_users owners integrations sources image`.split(/\s+/);
const MEANINGLESS = `uuid id instruction_type runners is_debug_mode managed_by links tasks starters tags metadata avatar
  runner conversation_starters`.split(/\s+/);

const ELSEWHERE = {
  allowed_groups: 'is not kept: who reads the vault may run it',
  allowed_users: 'is not kept: who reads the vault may run it',
  owners: 'is not kept: who may write to the repository owns it',
  integrations: 'is not kept: name the secrets that they stand for',
  image: 'is not kept: a tool says what it runs in',
  sources: 'is not fetched: put the tools into the repository',
} as const;

/** Translates an agent: it requests all of its secrets for each of its tools. */
export function translateAgent(agent: MapNode, findings: Findings): MapNode[] {
  const written = findings.text(agent, 'name');
  if (written === undefined) {
    findings.shape(agent, 'the agent has no `name`', 'add `name:`');
    return [];
  }
  const name = findings.legal(written, 'definition', 'an agent');
  findings.otherKeys(agent, KEYS, MEANINGLESS);
  for (const [key, why] of Object.entries(ELSEWHERE)) {
    const found = entry(agent, key);
    if (found !== undefined) findings.unsupported(found, why, undefined, 'warning');
  }
  const { tools, own } = translateTools(agent, findings);
  if (tools.length === 0)
    findings.shape(
      field(agent, 'tools') ?? name,
      'the agent names no tools',
      'list the names of its tools under `tools:`',
    );
  const secrets = names(agent, 'secrets', 'a secret', findings)
    .filter((one) => findings.name(one, 'secret', 'a secret'))
    .map(requestForAll);
  const env = field(agent, 'environment_variables') ?? field(agent, 'env_vars');
  const values = env?.kind === 'map' ? translateValues(env, findings) : new Map();
  return [
    mapping(agent, [
      ['kind', scalar('agent', name)],
      ['name', scalar(name.text, name)],
      ['description', findings.text(agent, 'description') ?? findings.text(agent, 'desc')],
      ['instructions', findings.text(agent, 'ai_instructions') ?? findings.text(agent, 'instructions')],
      ['model', findings.text(agent, 'llm_model') ?? findings.text(agent, 'model')],
      ['tools', filled(sequence(field(agent, 'tools') ?? name, tools))],
      ['secrets', filled(sequence(field(agent, 'secrets') ?? name, secrets))],
      ['env', filled(mapping(env ?? name, [...values]))],
    ]),
    ...own,
  ];
}

/** The names of its tools, and the tools that the agent defines itself. */
function translateTools(agent: MapNode, findings: Findings): { readonly tools: YamlNode[]; readonly own: MapNode[] } {
  const own: MapNode[] = [];
  const tools = findings.items(agent, 'tools').flatMap((item) => {
    if (item.kind === 'scalar')
      return [/[*?]/.test(item.text) ? item : scalar(legalName(item.text, 'definition'), item)];
    const tool = translateTool(item, findings);
    const called = field(tool, 'name');
    if (tool !== undefined) own.push(tool);
    return called === undefined ? [] : [called];
  });
  return { tools, own };
}

/** Kubiya gives every secret in the agent's list to all of its tools. */
function requestForAll(secret: ScalarNode): MapNode {
  return mapping(secret, [
    ['name', scalar(secret.text, secret)],
    ['tools', sequence(secret, [scalar('*', secret)])],
  ]);
}
