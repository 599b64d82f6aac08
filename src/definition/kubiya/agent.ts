import { field, type MapNode } from '../../text/node.ts';
import { translateValues } from './environment.ts';
import { entry, type Findings } from './findings.ts';
import { filled, mapping, scalar, sequence } from './native.ts';

/** Keys by which one of Kubiya's agents is known. */
export const AGENT_KEYS = ['ai_instructions', 'environment_variables', 'llm_model', 'instruction_type'];

const KEYS =
  `name description desc ai_instructions llm_model tools secrets environment_variables allowed_groups allowed_users
  owners integrations sources image`.split(/\s+/);
const MEANINGLESS =
  `uuid id instruction_type runners is_debug_mode managed_by links tasks starters tags metadata avatar`.split(/\s+/);

const ELSEWHERE = {
  allowed_groups: 'is not kept: who reads the vault may run it',
  allowed_users: 'is not kept: who reads the vault may run it',
  owners: 'is not kept: who may write to the repository owns it',
  integrations: 'is not kept: name the secrets that they stand for',
  image: 'is not kept: a tool says what it runs in',
  sources: 'is not fetched: put the tools into the repository',
} as const;

/** An agent in the native form: its secrets are a ceiling. */
export function translateAgent(agent: MapNode, findings: Findings): MapNode[] {
  const name = findings.text(agent, 'name');
  if (name === undefined) {
    findings.shape(agent, 'the agent has no `name`', 'add `name:`');
    return [];
  }
  findings.name(name, 'definition', 'an agent');
  findings.otherKeys(agent, KEYS, MEANINGLESS);
  for (const [key, why] of Object.entries(ELSEWHERE)) {
    const found = entry(agent, key);
    if (found !== undefined) findings.unsupported(found, why, undefined, 'warning');
  }
  const tools = findings.items(agent, 'tools');
  if (tools.length === 0)
    findings.shape(
      field(agent, 'tools') ?? name,
      'the agent names no tools',
      'list the names of its tools under `tools:`',
    );
  const secrets = findings
    .items(agent, 'secrets')
    .filter((one) => one.kind === 'scalar' && findings.name(one, 'secret', 'a secret'));
  const written = field(agent, 'environment_variables');
  const values = written?.kind === 'map' ? translateValues(written, findings) : new Map();
  return [
    mapping(agent, [
      ['kind', scalar('agent', name)],
      ['name', scalar(name.text, name)],
      ['description', findings.text(agent, 'description') ?? findings.text(agent, 'desc')],
      ['instructions', findings.text(agent, 'ai_instructions')],
      ['model', findings.text(agent, 'llm_model')],
      ['tools', filled(sequence(field(agent, 'tools') ?? name, tools))],
      ['secrets', filled(sequence(field(agent, 'secrets') ?? name, secrets))],
      ['env', filled(mapping(written ?? name, [...values]))],
    ]),
  ];
}
