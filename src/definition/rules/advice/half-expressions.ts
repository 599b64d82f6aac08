import { type Problem, problem } from '../../../text/problem.ts';
import type { Template } from '../../expressions/template.ts';
import type { Rule } from '../rule.ts';

/** Text that looks like an expression but has the wrong marks around it stays plain text. */
export const halfExpressions: Rule = {
  name: 'half-expressions',
  visitor: () => ({ text: (text, { key }) => (key === 'run' ? [] : halfExpressionProblems(text)) }),
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
