import { type Problem, problem, type Related } from '../../../text/problem.ts';
import { agentToolFor } from '../../model/agent-tools.ts';
import { requestsOf, requestsThrough } from '../../model/requests.ts';
import { type Agent, callTree, isRun, networkOf, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/**
 * An agent that holds secrets, reads untrusted text, and can send any text can be tricked into sending the secrets.
 * Any two of the three are fine (Simon Willison, "the lethal trifecta"). Each is read narrowly, to avoid false alarms:
 *   secrets     a tool that gets a secret through this agent
 *   strangers   a tool whose name or description says that it reads the web, issues, mail, messages or reviews
 *   sending     a tool that talks to the network (not `network: none`) and takes free text: a string with no pattern, enum,
 *               const or format
 * A tool with `approve: always` does nothing unseen and does not count.
 */
export const lethalTrifecta: Rule = {
  name: 'lethal-trifecta',
  visitor: ({ catalog: { tools } }) => ({
    agent(agent) {
      const own = [...tools.values()].filter((tool) => agentToolFor(agent, tool.name)?.approve === 'never');
      const secret = own.find((tool) => getsSecret(tool, agent, tools));
      const strangers = own.find(readsStrangers);
      const sending = own.find((tool) => sends(tool, tools));
      if (secret === undefined || strangers === undefined || sending === undefined) return [];
      return [trifectaProblem(agent, { secret, strangers, sending })];
    },
  }),
};

interface TrifectaTools {
  readonly secret: Tool;
  readonly strangers: Tool;
  readonly sending: Tool;
}

function trifectaProblem(agent: Agent, { secret, strangers, sending }: TrifectaTools): Problem {
  const leg = (tool: Tool, what: string): Related => ({ message: `${tool.name} ${what}`, at: tool.at });
  return problem(
    'style/lethal-trifecta',
    `${agent.name} can be tricked into giving secrets away: it holds some, reads untrusted text, and can send data`,
    {
      at: agent.at,
      severity: 'warning',
      hint: `let a person approve one of them ({name: ${sending.name}, approve: always}), or make two agents of it`,
      related: [
        leg(secret, 'gets secrets'),
        leg(strangers, 'reads untrusted text'),
        leg(sending, 'sends free text over the network'),
      ],
    },
  );
}

function getsSecret(tool: Tool, agent: Agent, tools: ReadonlyMap<string, Tool>): boolean {
  const own = requestsOf(tool, tools).filter(({ name }) => agent.secrets.some((one) => one.name === name));
  return own.length > 0 || requestsThrough(agent, tool).length > 0;
}

const READS = /\b(?:read|fetch|get|list|search|download|browse|scrape|crawl|summari[sz]e|triage|open|look)\w*/i;
const BY_STRANGERS =
  /\b(?:web|url|urls|website|webpages?|pages?|issues?|pull requests?|comments?|e-?mails?|mail|inbox|messages?|tickets?|feeds?|rss|reviews?)\b/i;

function readsStrangers({ name, description = '' }: Tool): boolean {
  const said = `${name.replaceAll(/[-_]/g, ' ')}. ${description}`;
  return READS.test(said) && BY_STRANGERS.test(said);
}

const NETWORK =
  /\b(?:curl|wget|fetch\(|axios|urlopen|urllib|requests\.\w|httpx|http\.client|net\/http|node:https?|aiohttp|nc |ssh |scp |gh |aws |gcloud |sendmail|smtplib)/;

function sends(tool: Tool, tools: ReadonlyMap<string, Tool>): boolean {
  const isSending = (one: Tool) =>
    one.steps.filter(isRun).some((step) => networkOf(one, step) === 'open' && NETWORK.test(step.script));
  return takesFreeText(tool) && callTree(tool, tools).some(isSending);
}

function takesFreeText({ args }: Tool): boolean {
  return [...args.values()].some(
    ({ schema: { type, pattern, enum: allowed, const: only, format } }) =>
      (type === undefined || type === 'string') && [pattern, allowed, only, format].every((one) => one === undefined),
  );
}
