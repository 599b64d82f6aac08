import type { Problem } from '../../text/problem.ts';
import { expressionsIn, textsIn } from '../model/text-places.ts';
import type { Agent, Tool } from '../model/tool.ts';
import type { Rule, RuleContext, Visitor } from './rule.ts';

/** What the rules find on one walk over the definitions, in the order of the rules. */
export function findProblems(rules: readonly Rule[], context: RuleContext): Problem[] {
  const { tools, agents, schemaInvalid } = context.catalog;
  const passes = rules.map((rule) => new Pass(rule, context));
  const passesFor = (of: Tool | Agent) =>
    schemaInvalid.has(of) ? passes.filter((one) => !one.skipsMisshapen) : passes;
  for (const tool of tools.values()) walkTool(tool, passesFor(tool));
  for (const agent of agents.values()) for (const pass of passesFor(agent)) pass.hear(pass.visitor.agent?.(agent));
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

function walkTool(tool: Tool, passes: readonly Pass[]): void {
  for (const pass of passesOn('tool', passes)) pass.hear(pass.visitor.tool?.(tool));
  const [onStep, onRun, onCall] = [passesOn('step', passes), passesOn('run', passes), passesOn('call', passes)];
  for (const step of tool.steps) {
    for (const pass of onStep) pass.hear(pass.visitor.step?.(step, tool));
    if (step.kind === 'run') for (const pass of onRun) pass.hear(pass.visitor.run?.(step, tool));
    else for (const pass of onCall) pass.hear(pass.visitor.call?.(step, tool));
  }
  const [onText, onExpression] = [passesOn('text', passes), passesOn('expression', passes)];
  const texts = textsIn(tool);
  for (const { text, place } of texts) for (const pass of onText) pass.hear(pass.visitor.text?.(text, place));
  for (const { expression, place } of expressionsIn(tool, texts))
    for (const pass of onExpression) pass.hear(pass.visitor.expression?.(expression, place));
}

function passesOn(part: keyof Visitor, passes: readonly Pass[]): readonly Pass[] {
  return passes.filter(({ visitor }) => visitor[part] !== undefined);
}
