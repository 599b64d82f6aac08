import { expect, test } from 'vitest';
import type { Rule } from '../../../src/definition/rules/rule.ts';
import { findProblems } from '../../../src/definition/rules/walk.ts';
import { problem } from '../../../src/text/problem.ts';
import { catalogOf } from '../read.ts';

const TEXT = `kind: tool
name: main
env: {A: '\${{ args.x }}'}
args: {x: {type: string}}
steps:
  - {id: a, run: 'true', if: always()}
  - {id: b, uses: other, with: {y: 'is \${{ env.A }}'}}
---
kind: tool
name: bent
steps: [{id: c, run: 'true', retry: often}]
---
kind: agent
name: bot
tools: [main]
`;

/** Says what it is shown. */
function seeing(name: string, skipsMisshapen = false): Rule {
  const say = (what: string) => [problem('reference/cycle', `${name} ${what}`)];
  return {
    name,
    skipsMisshapen,
    visitor: () => ({
      tool: (tool) => say(`tool ${tool.name}`),
      step: ({ id }) => say(`step ${id}`),
      run: ({ id }, tool) => say(`run ${id} of ${tool.name}`),
      call: ({ id }, tool) => say(`call ${id} of ${tool.name}`),
      text: (_, { key, step }) => say(`text ${key} of ${step?.id ?? 'the tool'}`),
      expression: ({ text }, { key }) => say(`expression ${text.trim()} in ${key}`),
      agent: (agent) => say(`agent ${agent.name}`),
      end: () => say('end'),
    }),
  };
}

function seen(rules: readonly Rule[]): string[] {
  const context = { catalog: catalogOf(TEXT), secretNames: null, fileFaults: new Map() };
  return findProblems(rules, context).map(({ message }) => message);
}

test('one walk shows each rule all parts with their places, and reports in the order of the rules', () => {
  const sound = [
    ...['tool main', 'step a', 'run a of main', 'step b', 'call b of main'],
    ...['text env of the tool', 'text with of b'],
    ...['expression always() in if', 'expression args.x in env', 'expression env.A in with'],
  ];
  const bent = ['tool bent', 'step c', 'run c of bent'];
  const whole = [...sound, ...bent, 'agent bot', 'end'];
  const named = (name: string, all: readonly string[]) => all.map((one) => `${name} ${one}`);
  expect(seen([seeing('first'), seeing('second', true)])).toEqual([
    ...named('first', whole),
    ...named('second', [...sound, 'agent bot', 'end']),
  ]);
});

test('a rule keeps no state from one walk to the next', () => {
  const counting: Rule = {
    name: 'counting',
    visitor() {
      let tools = 0;
      return {
        tool: () => {
          tools++;
          return [];
        },
        end: () => [problem('reference/cycle', `${tools} tools`)],
      };
    },
  };
  expect([seen([counting]), seen([counting])]).toEqual([['2 tools'], ['2 tools']]);
});
