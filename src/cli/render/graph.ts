import type { Plan, PlannedStep } from '../../plan/plan.ts';
import { count } from './problems.ts';
import { oneLine } from './table.ts';

/**
 * A plan as a flowchart of Mermaid: https://mermaid.js.org/syntax/flowchart.html
 * Nodes are numbered, so that no name is ever read as syntax; names stand in quoted labels only.
 */
export function planGraph(plan: Plan): string {
  const graph = new Graph();
  graph.add(plan.root.steps, '  ');
  return graph.text();
}

class Graph {
  readonly #lines = ['flowchart TD'];
  readonly #edges: string[] = [];
  readonly #skipped: string[] = [];
  #nodes = 0;

  add(steps: readonly PlannedStep[], indent: string): void {
    const nodes = new Map<string, string>();
    for (const planned of steps) nodes.set(planned.step.id, this.#addStep(planned, indent));
    for (const { step } of steps)
      for (const { name } of step.needs) this.#edges.push(`  ${nodes.get(name)} --> ${nodes.get(step.id)}`);
  }

  text(): string {
    const skipped = ['  classDef skipped stroke-dasharray: 5 5', `  class ${this.#skipped.join(',')} skipped`];
    return `${[...this.#lines, ...this.#edges, ...(this.#skipped.length > 0 ? skipped : [])].join('\n')}\n`;
  }

  #addStep(planned: PlannedStep, indent: string): string {
    const node = `s${this.#nodes++}`;
    const label = `"${labelLines(planned).map(escaped).join('<br/>')}"`;
    if (planned.condition === 'skipped') this.#skipped.push(node);
    if ('call' in planned) {
      this.#lines.push(`${indent}subgraph ${node}[${label}]`);
      this.add(planned.call.steps, `${indent}  `);
      this.#lines.push(`${indent}end`);
    } else this.#lines.push(`${indent}${node}${planned.forEach === undefined ? `[${label}]` : `[[${label}]]`}`);
    return node;
  }
}

/** Beyond this an expression is cut in a label. */
const LONGEST_EXPRESSION = 80;

function labelLines(planned: PlannedStep): string[] {
  const { step, forEach, condition } = planned;
  const name = 'call' in planned ? `${step.id}: calls ${planned.call.tool.name}` : step.id;
  const written = typeof step.condition === 'object' ? step.condition.text : step.condition;
  return [
    name,
    ...(written === undefined ? [] : [cut(`if ${written}`)]),
    ...(condition === 'skipped' ? ['skipped'] : []),
    ...(forEach === undefined
      ? []
      : [cut(`for each of ${forEach.count === null ? forEach.list : count(forEach.count, 'item')}`)]),
  ];
}

function cut(text: string): string {
  const characters = [...oneLine(text)];
  return characters.length > LONGEST_EXPRESSION
    ? `${characters.slice(0, LONGEST_EXPRESSION).join('')}...`
    : characters.join('');
}

/** Character by character, as Mermaid's own entities: its labels know HTML, Markdown and quotes. */
function escaped(text: string): string {
  return oneLine(text)
    .toWellFormed()
    .replace(/[^\p{L}\p{N} _.,:()=!|/-]/gu, (character) => `#${character.codePointAt(0)};`);
}
