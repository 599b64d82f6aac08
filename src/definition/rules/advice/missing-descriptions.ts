import { type Problem, problem, type Related } from '../../../text/problem.ts';
import { agentToolFor } from '../../model/agent-tools.ts';
import type { Agent, Named, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/**
 * An agent chooses among its tools, and fills in their arguments, by their descriptions alone; people choose among
 * agents in the same way. A tool that no agent lists needs no description: its users know it.
 */
export const missingDescriptions: Rule = {
  name: 'missing-descriptions',
  skipsMisshapen: true,
  visitor({ catalog }) {
    const agents = [...catalog.agents.values()].filter((one) => !catalog.schemaInvalid.has(one));
    return {
      agent: (agent) => (isUndescribed(agent) ? [missing(`the agent ${agent.name}`, agent)] : []),
      tool(tool) {
        const user = agents.find((agent) => agentToolFor(agent, tool.name) !== null);
        return user === undefined ? [] : descriptionProblems(tool, user);
      },
    };
  },
};

function descriptionProblems(tool: Tool, { name, at }: Agent): Problem[] {
  const related = [{ message: `the agent ${name} chooses by it`, at }];
  const args = [...tool.args.values()].filter(isUndescribed);
  return [
    ...(isUndescribed(tool) ? [missing(`the tool ${tool.name}`, tool, related)] : []),
    ...args.map((one) => missing(`the argument "${one.name}" of ${tool.name}`, one, related)),
  ];
}

function isUndescribed({ description }: { readonly description?: string }): boolean {
  return description === undefined || description.trim() === '';
}

function missing(what: string, { at }: Named, related: readonly Related[] = []): Problem {
  return problem('style/no-description', `${what} has no description`, {
    at,
    severity: 'warning',
    hint: 'say in one line, under `description:`, what it is for',
    ...(related.length > 0 && { related }),
  });
}
