import { field, listItems, type MapNode, mapEntries, type ScalarNode, textField, type YamlNode } from '../text/node.ts';
import { entry, type Findings, isEmpty, legalName } from './findings.ts';
import { mapping, scalar } from './native.ts';
import type { Names } from './references.ts';
import { outputName, outputsOf, sayUnawaited } from './unawaited.ts';
import type { WorkflowEnvironment } from './workflow-environment.ts';
import { translatePolicies } from './workflow-policies.ts';
import { translateBody } from './workflow-step.ts';

const HANDLERS = { success: 'success()', failure: 'failure()', exit: 'always()', cancel: 'cancelled()' } as const;
const STEP_KEYS =
  `name id description command script run tool args with params content image shell dir env depends executor output timeout
  timeoutSec retryPolicy retry_policy retry retries continueOn continue_on continueOnError preconditions precondition parallel
  repeatPolicy stdout stderr`.split(/\s+/);

const MOST_OUTPUTS = 100;

interface Done {
  readonly id: string;
  readonly needs: readonly string[];
  readonly output: string | undefined;
}

/** Translates steps in order, each with the names that it can use by then. */
export class StepTranslator {
  /** The tool definitions inside steps. */
  readonly tools: MapNode[] = [];
  readonly #done: Done[] = [];
  #outputs: ReadonlyMap<string, string> = new Map();
  readonly #known: Names;
  readonly #workflow: string;
  readonly #findings: Findings;

  constructor(workflow: string, { params, values }: WorkflowEnvironment, findings: Findings) {
    this.#workflow = workflow;
    this.#findings = findings;
    const named = (names: Iterable<string>, context: string) =>
      [...names].map((name) => [name, `${context}.${name}`] as const);
    this.#known = new Map([...named(params.keys(), 'args'), ...named(values.keys(), 'env')]);
  }

  all(root: MapNode): YamlNode[] {
    const isGraph = textField(root, 'type') === 'graph';
    this.#outputs = outputsOf(listItems(field(root, 'steps')));
    const steps = this.#findings.items(root, 'steps').flatMap((step) => {
      const above = this.#done.at(-1)?.id;
      return this.#step(step, isGraph || above === undefined ? [] : [above], undefined) ?? [];
    });
    const handlers = field(root, 'handlerOn') ?? field(root, 'handlers');
    const ids = this.#done.map(({ id }) => id);
    for (const [event, { key, value }] of mapEntries(handlers)) {
      const condition = Object.hasOwn(HANDLERS, event) ? HANDLERS[event as keyof typeof HANDLERS] : undefined;
      if (condition === undefined)
        this.#findings.shape(key, `there is no event "${event}"`, `it is one of: ${Object.keys(HANDLERS).join(', ')}`);
      else steps.push(...(this.#step(value, ids, { name: scalar(`on-${event}`, key), condition }) ?? []));
    }
    return steps;
  }

  /** @param usual the steps that it waits for by default */
  #step(
    step: YamlNode,
    usual: readonly string[],
    handler: { name: ScalarNode; condition: string } | undefined,
  ): YamlNode[] | undefined {
    const findings = this.#findings;
    if (step.kind !== 'map') {
      findings.shape(step, 'a step has to be a mapping, with a `name` and what it does');
      return undefined;
    }
    const name =
      handler?.name ??
      findings.text(step, 'id') ??
      findings.text(step, 'name') ??
      scalar(`step-${this.#done.length + 1}`, step);
    const id = findings.legal(name, 'word', 'a step');
    findings.otherKeys(step, STEP_KEYS, ['signalOnStop', 'mailOnError', 'logDir', 'label']);
    this.#sayUnsupported(step);
    const needs = this.#needsOf(step, usual);
    const needed = needs.flatMap((need) => (need.kind === 'scalar' ? [need.text] : []));
    const output = this.#outputOf(step);
    const names = this.#namesFor(needed, entry(step, 'parallel') !== undefined);
    sayUnawaited(step, this.#outputs, names, findings);
    const body = translateBody({ map: step, id, output, workflow: this.#workflow, names }, findings);
    this.#done.push({ id: id.text, needs: needed, output });
    if (body.tool !== undefined) this.tools.push(body.tool);
    const entries = [
      ['id', id] as const,
      ['description', findings.text(step, 'description')] as const,
      ...translatePolicies(step, needs, handler?.condition, names, findings),
      ...body.entries,
    ];
    return [mapping(step, entries)];
  }

  #needsOf(step: MapNode, usual: readonly string[]): YamlNode[] {
    const written = field(step, 'depends');
    const depends = written?.kind === 'scalar' && !isEmpty(written) ? [written] : this.#findings.items(step, 'depends');
    if (depends.length === 0) return usual.map((need) => scalar(need, step));
    return depends.map((one) => (one.kind === 'scalar' ? scalar(legalName(one.text, 'word'), one) : one));
  }

  /**
   * Limits the outputs, because each is a variable of every later step: hundreds would become tens of thousands of
   * lines.
   */
  #outputOf(step: MapNode): string | undefined {
    const found = entry(step, 'output');
    const name = outputName(step);
    if (found === undefined || this.#done.filter(({ output }) => output !== undefined).length < MOST_OUTPUTS)
      return name;
    this.#findings.unsupported(
      found,
      `is one of more than ${MOST_OUTPUTS} in the workflow`,
      'make several workflows of it',
    );
    return undefined;
  }

  #sayUnsupported(step: MapNode): void {
    const why = {
      repeatPolicy: 'is not supported: write the loop into the script',
      stdout: 'is not supported: write to the file in the script',
      stderr: 'is not supported: write to the file in the script',
    };
    for (const [key, reason] of Object.entries(why)) {
      const found = entry(step, key);
      if (found !== undefined) this.#findings.unsupported(found, reason);
    }
  }

  /** The outputs of the steps that it waits for, directly or indirectly. */
  #namesFor(needs: readonly string[], isParallel: boolean): Names {
    const before = new Set(needs);
    for (const { id, needs: further } of this.#done.toReversed())
      if (before.has(id)) for (const need of further) before.add(need);
    const outputs = this.#done.flatMap(({ id, output }) =>
      output !== undefined && before.has(id) ? [[output, `steps.${id}.outputs.text`] as const] : [],
    );
    return new Map([...this.#known, ...outputs, ...(isParallel ? [['ITEM', 'item'] as const] : [])]);
  }
}
