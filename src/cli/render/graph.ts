import type { Plan, PlannedCall, PlannedStep } from '../../plan/plan.ts';
import type { EndStatus, StepReport } from '../../run/event.ts';
import { visibleLine } from '../../text/visible.ts';
import { isItem, withoutItems } from '../../util/step-path.ts';
import { count } from './problems.ts';
import { itemsText } from './run.ts';

/** What a node shows of its step besides the definition; `status` decides its style. */
interface Mark {
  readonly text: string;
  readonly status: EndStatus;
}

type Marker = (planned: PlannedStep) => Mark | undefined;

/**
 * A plan as a flowchart of Mermaid: https://mermaid.js.org/syntax/flowchart.html
 * Nodes are numbered, so that no name is ever read as syntax; names occur only in quoted labels.
 */
export function planGraph(plan: Plan): string {
  return graphText(plan.root, ({ condition }) =>
    condition === 'skipped' ? { text: 'skipped', status: 'skipped' } : undefined,
  );
}

/** The same with the results of a run. Steps that have not ended are unmarked; reports of undrawn steps are skipped. */
export function runGraph(call: PlannedCall, reports: Iterable<StepReport>): string {
  const ends = Map.groupBy(reports, ({ id }) => (isItem(id) ? id : withoutItems(id)));
  return graphText(call, ({ stepPath }) => markOf(ends.get(stepPath) ?? []));
}

/** A step that ran for several items: how many items ended in each way, styled as the worst of them. */
function markOf(reports: readonly StepReport[]): Mark | undefined {
  const [only, another] = reports;
  if (only === undefined) return undefined;
  if (another === undefined) {
    const took = only.status === 'skipped' ? '' : `, ${only.durationMs / 1000} s`;
    return { text: `${only.status}${itemsText(only.items)}${took}`, status: only.status };
  }
  const numbers = WORST_FIRST.map((status) => [reports.filter((one) => one.status === status).length, status] as const);
  const ended = numbers.filter(([number]) => number > 0);
  return {
    text: ended.map(([number, status]) => `${number} ${status}`).join(', '),
    status: ended[0]?.[1] ?? only.status,
  };
}

const WORST_FIRST = ['failed', 'cancelled', 'succeeded', 'skipped'] as const satisfies readonly EndStatus[];

/** Each colour has its text colour, so that a dark page does not make it unreadable. */
const LOOK: Readonly<Record<EndStatus, string>> = {
  succeeded: 'fill:#dafbe1,stroke:#1a7f37,color:#1f2328',
  failed: 'fill:#ffebe9,stroke:#cf222e,color:#1f2328',
  cancelled: 'fill:#fff8c5,stroke:#9a6700,color:#1f2328',
  skipped: 'stroke-dasharray: 5 5',
};

function graphText(call: PlannedCall, markOf: Marker): string {
  const graph = new Graph(markOf);
  graph.add(call.steps, '  ');
  return graph.text();
}

class Graph {
  readonly #lines = ['flowchart TD'];
  readonly #edges: string[] = [];
  readonly #marked: { readonly node: string; readonly status: EndStatus }[] = [];
  readonly #markOf: Marker;
  #nodes = 0;

  constructor(markOf: Marker) {
    this.#markOf = markOf;
  }

  add(steps: readonly PlannedStep[], indent: string): void {
    const nodes = new Map<string, string>();
    for (const planned of steps) nodes.set(planned.step.id, this.#addStep(planned, indent));
    for (const { step } of steps) for (const { name } of step.needs) this.#connect(nodes.get(name), nodes.get(step.id));
  }

  /** A call of a missing tool has no node. */
  #connect(from: string | undefined, to: string | undefined): void {
    if (from !== undefined && to !== undefined) this.#edges.push(`  ${from} --> ${to}`);
  }

  text(): string {
    const looks = [...Map.groupBy(this.#marked, ({ status }) => status)].flatMap(([status, marked]) => [
      `  classDef ${status} ${LOOK[status]}`,
      `  class ${marked.map(({ node }) => node).join(',')} ${status}`,
    ]);
    return `${[...this.#lines, ...this.#edges, ...looks].join('\n')}\n`;
  }

  #addStep(planned: PlannedStep, indent: string): string {
    const node = `s${this.#nodes++}`;
    const mark = this.#markOf(planned);
    const label = `"${labelLines(planned, mark).map(escaped).join('<br/>')}"`;
    if (mark !== undefined) this.#marked.push({ node, status: mark.status });
    if ('call' in planned) {
      this.#lines.push(`${indent}subgraph ${node}[${label}]`);
      this.add(planned.call.steps, `${indent}  `);
      this.#lines.push(`${indent}end`);
    } else this.#lines.push(`${indent}${node}${planned.forEach === undefined ? `[${label}]` : `[[${label}]]`}`);
    return node;
  }
}

/** A label cuts longer expressions. */
const LONGEST_EXPRESSION = 80;

function labelLines(planned: PlannedStep, mark: Mark | undefined): string[] {
  const { step, forEach } = planned;
  const name = 'call' in planned ? `${step.id}: calls ${planned.call.tool.name}` : step.id;
  const written = typeof step.condition === 'object' ? step.condition.text : step.condition;
  return [
    name,
    ...(written === undefined ? [] : [cut(`if ${written}`)]),
    ...(mark === undefined ? [] : [mark.text]),
    ...(forEach === undefined
      ? []
      : [cut(`for each of ${forEach.count === null ? forEach.list : count(forEach.count, 'item')}`)]),
  ];
}

function cut(text: string): string {
  const characters = [...visibleLine(text)];
  return characters.length > LONGEST_EXPRESSION
    ? `${characters.slice(0, LONGEST_EXPRESSION).join('')}...`
    : characters.join('');
}

/** Escapes each character as an entity of Mermaid, whose labels interpret HTML, Markdown and quotes. */
function escaped(text: string): string {
  return visibleLine(text)
    .toWellFormed()
    .replace(/[^\p{L}\p{N} _.,:()=!|/-]/gu, (character) => `#${character.codePointAt(0)};`);
}
