import type { Problem } from '../../text/problem.ts';
import { expressionsIn, textsIn } from '../model/text-places.ts';
import type { Agent, Tool } from '../model/tool.ts';
import type { Rule, RuleContext, Visitor } from './rule.ts';

/** What the rules find on one walk over the definitions, in the order of the rules. */
export function findProblems(rules: readonly Rule[], context: RuleContext): Problem[] {
  const { tools, agents, schemaInvalid } = context.catalog;
  const passes = rules.map((rule) => new Pass(rule, context));
  const all = byPart(passes);
  const misshapen = byPart(passes.filter((one) => !one.skipsMisshapen));
  const passesFor = (of: Tool | Agent) => (schemaInvalid.has(of) ? misshapen : all);
  for (const tool of tools.values()) walkTool(tool, passesFor(tool));
  for (const agent of agents.values())
    for (const pass of passesFor(agent).agent) pass.hear(pass.visitor.agent?.(agent));
  for (const pass of passes) pass.hear(pass.visitor.end?.());
  return passes.flatMap(({ found }) => found);
}

/** One rule on its way over the definitions. */
class Pass {
  readonly skipsMisshapen: boolean;
  readonly visitor: Visitor;
  readonly found: Problem[] = [];

  constructor({ skipsMisshapen = false, visitor }: Rule, context: RuleContext) {
    this.skipsMisshapen = skipsMisshapen;
    this.visitor = visitor(context);
  }

  hear(said: readonly Problem[] = []): void {
    for (const one of said) this.found.push(one);
  }
}

/** The passes that look at a part of a definition. */
type PassesByPart = Readonly<Record<Exclude<keyof Visitor, 'end'>, readonly Pass[]>>;

function byPart(passes: readonly Pass[]): PassesByPart {
  const on = (part: keyof Visitor) => passes.filter(({ visitor }) => visitor[part] !== undefined);
  return {
    ...{ tool: on('tool'), step: on('step'), run: on('run'), call: on('call') },
    ...{ text: on('text'), expression: on('expression'), agent: on('agent') },
  };
}

function walkTool(tool: Tool, on: PassesByPart): void {
  for (const pass of on.tool) pass.hear(pass.visitor.tool?.(tool));
  for (const step of tool.steps) {
    for (const pass of on.step) pass.hear(pass.visitor.step?.(step, tool));
    if (step.kind === 'run') for (const pass of on.run) pass.hear(pass.visitor.run?.(step, tool));
    else for (const pass of on.call) pass.hear(pass.visitor.call?.(step, tool));
  }
  const texts = textsIn(tool);
  for (const { text, place } of texts) for (const pass of on.text) pass.hear(pass.visitor.text?.(text, place));
  for (const { expression, place } of expressionsIn(tool, texts))
    for (const pass of on.expression) pass.hear(pass.visitor.expression?.(expression, place));
}
