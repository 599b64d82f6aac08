import { type Problem, problem } from '../../../text/problem.ts';
import type { Template, TemplateData } from '../../expressions/template.ts';
import { isRun, type Step, serviceTexts, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** Text that names what an expression could, between marks that resemble those of an expression: it stays plain text. */
export const halfExpressions: Rule = {
  name: 'half-expressions',
  check({ catalog }) {
    return [...catalog.tools.values()].flatMap((tool) => texts(tool).flatMap(halfExpressionProblems));
  },
};

const HALF = /(?:\$\{(?!\{)|(?<![${])\{\{)[ \t]*((?:args|steps|env)\.\w[\w.-]*)[ \t]*\}{1,2}/g;

function halfExpressionProblems({ at: { source, range } }: Template): Problem[] {
  const written = source.text.slice(range.start, range.end);
  return [...written.matchAll(HALF)].map(({ 0: found, 1: inner, index }) => {
    const start = range.start + index;
    return problem('style/half-expression', `${found} is not an expression and stays unchanged`, {
      at: { source, range: { start, end: start + found.length } },
      severity: 'warning',
      hint: `write \${{ ${inner} }}`,
    });
  });
}

function texts(tool: Tool): Template[] {
  const ofTool = [...tool.env.values(), ...tool.outputs.values(), ...one(tool.image), ...serviceTexts(tool)];
  return [...ofTool, ...tool.steps.flatMap(textsOf)];
}

function textsOf(step: Step): Template[] {
  if (!isRun(step)) return [...step.with.values()].flatMap(({ value }) => templates(value));
  return [...step.env.values(), ...one(step.workdir), ...one(step.image)];
}

function one(text: Template | undefined): Template[] {
  return text === undefined ? [] : [text];
}

function templates(value: TemplateData): Template[] {
  if (value === null || typeof value !== 'object') return [];
  if (value instanceof Map) return [...value.values()].flatMap(templates);
  return Array.isArray(value) ? value.flatMap(templates) : [value as Template];
}
