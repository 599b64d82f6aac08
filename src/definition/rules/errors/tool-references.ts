import { type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import { agentToolFor, matchesGlob } from '../../model/agent-tools.ts';
import { type Cycle, cycleText, findCycles } from '../../model/cycle.ts';
import type { Agent, Named, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** Every tool that a step calls or an agent lists exists, and no tool calls itself through others. */
export const toolReferences: Rule = {
  name: 'tool-references',
  visitor({ catalog: { tools } }) {
    const names = [...tools.keys()];
    return {
      call: ({ tool }) => (tools.has(tool.name) ? [] : [unknownTool(tool, names)]),
      agent: (agent) => [...emptyPatterns(agent, names), ...emptyRequests(agent, names)],
      end: () => findCycles(new Map([...tools].map(([name, tool]) => [name, calledTools(tool)]))).map(callCycle),
    };
  },
};

const CHOOSE_TOOL = 'name a tool that `lockstep tool list` shows, or remove this';

function calledTools(tool: Tool): Named[] {
  return tool.steps.flatMap((step) => (step.kind === 'call' ? [step.tool] : []));
}

function unknownTool({ name, at }: Named, names: readonly string[]): Problem {
  return problem('reference/unknown-tool', `there is no tool "${name}"`, {
    at,
    hint: didYouMean(name, names) ?? CHOOSE_TOOL,
  });
}

function emptyPatterns(agent: Agent, names: readonly string[]): Problem[] {
  return agent.tools.flatMap(({ pattern, at }) => {
    if (names.some((name) => agentToolFor({ ...agent, tools: [{ pattern, at, approve: 'never' }] }, name) !== null))
      return [];
    if (!/[*?]/.test(pattern)) return [unknownTool({ name: pattern, at }, names)];
    return [problem('reference/unknown-tool', `no tool matches "${pattern}"`, { at, hint: CHOOSE_TOOL })];
  });
}

/** Another problem reports an agent that lists no existing tool. */
function emptyRequests(agent: Agent, names: readonly string[]): Problem[] {
  const own = names.filter((name) => agentToolFor(agent, name) !== null);
  if (own.length === 0) return [];
  const asked = agent.secrets.flatMap(({ tools }) => tools);
  return asked
    .filter(({ name }) => !own.some((one) => matchesGlob(name, one)))
    .map(({ name, at }) =>
      problem('reference/unknown-tool', `the agent ${agent.name} lists no tool "${name}"`, {
        at,
        hint: didYouMean(name, own) ?? `its tools are: ${own.slice(0, 10).join(', ')}`,
      }),
    );
}

/** Tools that call each other without end; the plan reports the same for its own tool (plan/make-plan.ts). */
export function callCycle(cycle: Cycle): Problem {
  const [{ from, to }, ...others] = cycle;
  if (others.length === 0)
    return problem('reference/cycle', `the tool "${from}" calls itself`, {
      at: to.at,
      hint: 'put a `run:` in its place, or remove this step',
    });
  return problem('reference/cycle', `tools call each other: ${cycleText(cycle)}`, {
    at: to.at,
    hint: 'put a `run:` in the place of one of these calls, or remove it',
    related: others.map((edge) => ({ message: `"${edge.from}" calls "${edge.to.name}"`, at: edge.to.at })),
  });
}
