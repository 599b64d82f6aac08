import type { Expression } from '../expressions/expression.ts';
import { expressionsOf, type Template, type TemplateData, templatesOf } from '../expressions/template.ts';
import type { Service } from './container.ts';
import type { Step, Tool } from './tool.ts';

/** The place of a text or an expression in a tool. */
export interface TextPlace {
  readonly tool: Tool;
  /** Absent for texts of the tool itself. */
  readonly step?: Step;
  /** The service whose variable the text sets. */
  readonly service?: Service;
  readonly key: 'env' | 'image' | 'outputs' | 'if' | 'forEach' | 'with' | 'workdir' | 'run';
}

export interface PlacedText {
  readonly text: Template;
  readonly place: TextPlace;
}

export interface PlacedExpression {
  readonly expression: Expression;
  readonly place: TextPlace;
}

/** The texts of a tool and its steps that may hold expressions, and texts of scripts, which must not hold any. */
export function textsIn(tool: Tool): PlacedText[] {
  return [
    ...placed(tool.env.values(), { tool, key: 'env' }),
    ...placed([tool.image], { tool, key: 'image' }),
    ...(tool.container?.services ?? []).flatMap((service) =>
      placed(service.env.values(), { tool, service, key: 'env' }),
    ),
    ...tool.steps.flatMap((step) => textsOfStep(step, tool)),
    ...placed(tool.outputs.values(), { tool, key: 'outputs' }),
  ];
}

/** The expressions in those texts, and the expressions outside of texts (`if`, `forEach`). */
export function expressionsIn(tool: Tool, texts = textsIn(tool)): PlacedExpression[] {
  const alone = tool.steps.flatMap((step): PlacedExpression[] => [
    ...(typeof step.condition === 'object'
      ? [{ expression: step.condition, place: { tool, step, key: 'if' } as const }]
      : []),
    ...(step.forEach ? [{ expression: step.forEach.list, place: { tool, step, key: 'forEach' } as const }] : []),
  ]);
  const within = texts.flatMap(({ text, place }) => expressionsOf(text).map((expression) => ({ expression, place })));
  return [...alone, ...within];
}

function textsOfStep(step: Step, tool: Tool): PlacedText[] {
  if (step.kind === 'call') {
    const values = [...step.with.values()].map(({ value }) => value);
    return placed(values, { tool, step, key: 'with' });
  }
  return [
    ...placed(step.env.values(), { tool, step, key: 'env' }),
    ...placed([step.workdir], { tool, step, key: 'workdir' }),
    ...placed([step.pasted], { tool, step, key: 'run' }),
    ...placed([step.image], { tool, step, key: 'image' }),
  ];
}

function placed(values: Iterable<TemplateData | undefined>, place: TextPlace): PlacedText[] {
  return [...values].flatMap((value) =>
    value === undefined ? [] : templatesOf(value).map((text) => ({ text, place })),
  );
}
