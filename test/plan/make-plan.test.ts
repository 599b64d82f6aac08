import { beforeAll, describe, expect, test } from 'vitest';
import { toolDigest } from '../../src/definition/model/digest.ts';
import { loadPatternEngine } from '../../src/definition/values/pattern.ts';
import { parseGrant } from '../../src/grant.ts';
import type { GivenArguments } from '../../src/plan/arguments.ts';
import type { GroupPolicy } from '../../src/plan/grants.ts';
import { MACHINE_VARIABLES, makePlan, STEP_VARIABLES } from '../../src/plan/make-plan.ts';
import { grantedSecrets, type Plan, plannedRuns, plannedSteps } from '../../src/plan/plan.ts';
import { type PlanReport, planReport } from '../../src/plan/plan-report.ts';
import { agentNamed, catalogOf, soundCatalog, toolNamed } from '../definition/read.ts';

beforeAll(loadPatternEngine);

type Allow = Readonly<Record<string, readonly string[]>>;

function factsOf(allow: Allow, pinned = false): GroupPolicy {
  const secrets = Object.entries(allow).map(([name, grants], index) => {
    const parsed = grants.map((text) => parseGrant(text) ?? refuse(text));
    return [name, { version: index + 1, allow: parsed }] as const;
  });
  return { group: 'prod', pinned, secrets: new Map(secrets) };
}

function refuse(text: string): never {
  throw new Error(`no grant: ${text}`);
}

interface Options {
  readonly agent?: string;
  readonly allow?: Allow | null;
  readonly pinned?: boolean;
  readonly given?: GivenArguments;
  readonly run?: boolean;
}

function planOf(text: string, name: string, options: Options = {}): Plan {
  const catalog = soundCatalog(text);
  const { agent, allow = {}, given = {}, run = false, pinned = false } = options;
  return makePlan(
    {
      tool: toolNamed(catalog, name),
      ...(agent && { agent: agentNamed(catalog, agent) }),
      given,
      argsMayBeMissing: !run,
    },
    { tools: catalog.tools, facts: allow === null ? null : factsOf(allow, pinned), files: () => [] },
  );
}

function said(plan: Plan): string[] {
  return plan.problems.map((one) => `${one.severity} ${one.code} ${one.message}`);
}

const CALLING = `kind: tool
name: outer
secrets: [A]
args: {who: {default: you}}
env: {LEVEL: info}
steps:
  - {id: first, run: x, secrets: [{name: B, required: false}, {name: C, env: SEA, as: file}]}
  - {id: call, uses: inner, with: {text: hi}}
  - {id: last, needs: [], run: x, env: {OWN: '1'}}
---
kind: tool
name: inner
args: {text: {}}
secrets: [D]
steps:
  - {id: send, run: x}
  - {id: deeper, uses: innermost}
---
kind: tool
name: innermost
secrets: [A]
steps: [{run: x}]
---
kind: agent
name: helper
tools: [outer]
secrets: [A, D]
env: {FROM_AGENT: x}
---
kind: agent
name: stranger
tools: [inner]
`;

describe('the plan of a tool that calls others', () => {
  test('has the documented shape', () => {
    const allow = { A: ['tool:outer'], C: ['*'], D: ['tool:inner'] };
    const report = planReport(planOf(CALLING, 'outer', { allow }));
    const machine = [...MACHINE_VARIABLES, ...STEP_VARIABLES, 'LOCKSTEP_STEP_MARK'].sort();
    const variables = (...own: string[]) => [...machine, ...own].sort();
    const a = { name: 'A', env: 'A', version: 1, granted: true, reason: 'granted to tool:outer' };
    const expected: Omit<PlanReport, 'problems'> = {
      tool: 'outer',
      group: 'prod',
      ready: false,
      undecided: [],
      steps: [
        {
          id: 'first',
          needs: [],
          condition: 'runs',
          executor: 'host',
          network: 'open',
          env: variables('INPUT_WHO', 'LEVEL'),
          secrets: [
            a,
            { name: 'B', env: 'B', version: null, granted: false, reason: 'the group "prod" holds no B' },
            { name: 'C', env: 'SEA', version: 2, granted: true, reason: 'granted to *' },
          ],
        },
        { id: 'call', needs: ['first'], condition: 'runs', executor: 'tool:inner', env: [], secrets: [] },
        {
          id: 'call/send',
          needs: [],
          condition: 'runs',
          executor: 'host',
          network: 'open',
          env: variables('INPUT_TEXT'),
          secrets: [{ name: 'D', env: 'D', version: 3, granted: true, reason: 'granted to tool:inner' }],
        },
        {
          id: 'call/deeper',
          needs: ['call/send'],
          condition: 'runs',
          executor: 'tool:innermost',
          env: [],
          secrets: [],
        },
        {
          id: 'call/deeper/step-1',
          needs: [],
          condition: 'runs',
          executor: 'host',
          network: 'open',
          env: machine,
          secrets: [{ name: 'A', env: 'A', version: 1, granted: false, reason: 'A is not granted to innermost' }],
        },
        {
          id: 'last',
          needs: [],
          condition: 'runs',
          executor: 'host',
          network: 'open',
          env: variables('INPUT_WHO', 'LEVEL', 'OWN'),
          secrets: [a],
        },
      ],
    };
    const { problems, ...rest } = report;
    expect(rest).toEqual(expected);
    expect(problems).toEqual([
      {
        code: 'secret/ungranted',
        severity: 'error',
        message: 'the step "call/deeper/step-1" of innermost cannot get the secret A: A is not granted to innermost',
        hint: 'lockstep secret grant A --to tool:innermost --group prod',
        file: 'tools/a.yaml',
        line: 21,
        column: 11,
        endLine: 21,
        endColumn: 12,
      },
    ]);
  });

  test('judges each step as part of the tool that it belongs to', () => {
    const toOuter = planOf(CALLING, 'outer', {
      allow: { A: ['tool:outer'], B: [], C: ['tool:outer'], D: ['tool:outer'] },
    });
    expect(said(toOuter)).toEqual([
      'warning secret/ungranted the step "first" of outer cannot get the secret B: B is not granted to outer',
      'error secret/ungranted the step "call/send" of inner cannot get the secret D: D is not granted to inner',
      'error secret/ungranted the step "call/deeper/step-1" of innermost cannot get the secret A: A is not granted to innermost',
    ]);
  });

  test('holds the whole call tree under the ceiling of its agent', () => {
    const allow = { A: ['agent:helper', 'tool:innermost'], B: ['*'], C: ['*'], D: ['tool:inner'] };
    const plan = planOf(CALLING, 'outer', { agent: 'helper', allow });
    expect(said(plan)).toEqual([
      'warning secret/ungranted the step "first" of outer cannot get the secret B: the agent helper does not list B under `secrets`',
      'error secret/ungranted the step "first" of outer cannot get the secret C: the agent helper does not list C under `secrets`',
    ]);
    expect(grantedSecrets(plan)).toEqual(['A', 'D']);
    expect(planReport(plan).agent).toBe('helper');
    for (const run of plannedRuns(plan.root)) expect(run.variables).toContain('FROM_AGENT');
  });

  test('gives the agent’s grants to the tools that it lists, and not to the tools that these call', () => {
    const allow = { A: ['agent:helper'], C: ['*'], D: ['agent:helper'] };
    expect(said(planOf(CALLING, 'outer', { agent: 'helper', allow }))).toEqual(
      expect.arrayContaining([
        expect.stringContaining('"call/send" of inner cannot get the secret D: D is not granted to inner'),
        expect.stringContaining(
          '"call/deeper/step-1" of innermost cannot get the secret A: A is not granted to innermost',
        ),
      ]),
    );
  });

  test('asks for approval wherever in the call tree a tool is reached that the agent wants approved', () => {
    const text = CALLING.replace('tools: [outer]', 'tools: [outer, {name: innermost, approve: always}]');
    const plan = planOf(text, 'outer', { agent: 'helper', allow: { A: ['*'], C: ['*'], D: ['*'] } });
    const asking = plannedSteps(plan.root).filter(({ approval }) => approval);
    expect(asking.map(({ stepPath }) => stepPath)).toEqual(['call/deeper']);
  });

  test('says of a secret once that it is refused, for however many steps', () => {
    const text = 'kind: tool\nname: a\nsecrets: [A]\nsteps: [{run: x}, {run: x}, {run: x, secrets: [A]}]\n';
    expect(said(planOf(text, 'a', { allow: { A: [] } }))).toEqual([
      'error secret/ungranted the step "step-1" and 1 more of a cannot get the secret A: A is not granted to a',
      'error secret/ungranted the step "step-3" of a cannot get the secret A: A is not granted to a',
    ]);
  });

  test('is not for an agent that does not list the tool', () => {
    const plan = planOf(CALLING, 'outer', { agent: 'stranger', allow: { A: ['*'], B: ['*'], C: ['*'], D: ['*'] } });
    expect(said(plan)).toContain('error reference/unknown-tool the agent stranger does not list the tool outer');
    expect(grantedSecrets(plan)).toEqual([]);
  });

  test('counts a grant by digest for what the digest covers', () => {
    const catalog = soundCatalog(CALLING);
    const digest = toolDigest(toolNamed(catalog, 'inner'), { tools: catalog.tools, files: () => [] });
    const allow = { A: ['*'], C: ['*'], D: [`tool:inner@sha256:${digest}`] };
    expect(said(planOf(CALLING, 'outer', { allow }))).toEqual([]);
    const changed = CALLING.replace('name: innermost\nsecrets', 'name: innermost\ntimeout: 1m\nsecrets');
    expect(said(planOf(changed, 'outer', { allow }))).toEqual([
      expect.stringContaining('the grant of D is for another form of inner'),
    ]);
    expect(said(planOf(CALLING, 'inner', { allow: { ...allow, A: [] }, pinned: true }))).toEqual([
      expect.stringContaining('the group "prod" is pinned and A is not granted to this form of innermost'),
    ]);
  });

  test('without a vault asks for nothing, and says which required secrets are missing', () => {
    const plan = planOf(CALLING, 'outer', { allow: null });
    expect(plan.group).toBeNull();
    expect(grantedSecrets(plan)).toEqual([]);
    expect(planReport(plan).steps[0]?.secrets[0]).toEqual({
      name: 'A',
      env: 'A',
      version: null,
      granted: false,
      reason: 'the repository has no vault',
    });
    expect(said(plan).filter((one) => one.includes('secret B'))).toEqual([]);
    expect(planReport(plan).ready).toBe(false);
  });
});

const CONDITIONAL = `kind: tool
name: a
args: {dry: {type: boolean}, level: {default: low}, list: {type: array, required: false}}
env: {LEVEL: x}
steps:
  - {id: always-false, if: false, run: x}
  - {id: always-true, if: true, run: x}
  - {id: by-default, if: args.level == 'low', run: x}
  - {id: by-dry, if: '\${{ !args.dry }}', run: x}
  - {id: by-both, if: args.level == 'high' && args.dry, run: x}
  - {id: by-optional, if: args.list, run: x}
  - {id: by-status, if: success(), run: x}
  - {id: by-step, if: steps.always-true.outputs.x == 'y', run: x}
  - {id: by-env, if: env.LEVEL == 'x', run: x}
  - {id: by-all, if: 'toJSON(args)', run: x}
  - {id: by-index, if: "args[args.level]", run: x}
  - {id: by-nothing, if: "'' || 0 || null", run: x}
  - {id: broken, if: "fromJSON(args.level)", run: x}
`;

describe('conditions', () => {
  const conditions = (given: GivenArguments) =>
    Object.fromEntries(
      plannedSteps(planOf(CONDITIONAL, 'a', { given }).root).map(({ stepPath, condition }) => [stepPath, condition]),
    );

  test('are worked out where only known arguments matter', () => {
    expect(conditions({})).toEqual({
      'always-false': 'skipped',
      'always-true': 'runs',
      'by-default': 'runs',
      'by-dry': 'undecided',
      'by-both': 'undecided',
      'by-optional': 'skipped',
      'by-status': 'undecided',
      'by-step': 'undecided',
      'by-env': 'undecided',
      'by-all': 'undecided',
      'by-index': 'undecided',
      'by-nothing': 'skipped',
      broken: 'undecided',
    });
    expect(conditions({ values: { dry: true, level: 'high', list: [] } })).toMatchObject({
      'by-default': 'skipped',
      'by-dry': 'skipped',
      'by-both': 'runs',
      'by-optional': 'runs',
    });
  });

  test('in a called tool hang on what the call will give, and stay open', () => {
    const caller = `${CONDITIONAL}---\nkind: tool\nname: caller\nsteps: [{id: c, uses: a, with: {dry: true}}]\n`;
    const steps = planReport(planOf(caller, 'caller')).steps;
    expect(steps.find(({ id }) => id === 'c/always-false')?.condition).toBe('skipped');
    expect(steps.find(({ id }) => id === 'c/by-dry')?.condition).toBe('undecided');
    expect(steps.find(({ id }) => id === 'c/by-default')?.condition).toBe('undecided');
  });
});

describe('arguments', () => {
  const TOOL = `kind: tool
name: a
args:
  repo: {pattern: '^[a-z]+$', description: the repository}
  count: {type: integer, default: 3}
  token: {sensitive: true, required: false}
  constructor: {required: false}
steps: [{run: x}]
`;

  test('come from texts, values and defaults, in that order', () => {
    const given = {
      texts: new Map([
        ['repo', 'abc'],
        ['count', '5'],
      ]),
      values: { count: 9, token: 't' },
    };
    const plan = planOf(TOOL, 'a', { given, run: true });
    expect(plan.args).toEqual({ repo: 'abc', count: 5, token: 't' });
    expect(Object.getPrototypeOf(plan.args)).toBeNull();
    expect(said(plan)).toEqual([]);
  });

  test('that are required keep a run from starting, and a plan not', () => {
    const plan = planOf(TOOL, 'a');
    expect(planReport(plan)).toMatchObject({ ready: true, undecided: ['repo'], problems: [] });
    const run = planOf(TOOL, 'a', { run: true });
    expect(said(run)).toEqual(['error args/missing a needs the argument "repo"']);
    expect(run.problems[0]?.hint).toBe('--arg repo=... (the repository)');
  });

  test('that are unknown or wrong are refused, and no value is quoted', () => {
    const values = { rpeo: 'SECRET', repo: 'SECRET', count: 'SECRET', toString: 'SECRET' };
    const plan = planOf(TOOL, 'a', { given: { values }, run: true });
    expect(said(plan)).toEqual([
      'error args/invalid the argument "count" has to be a whole number, not text',
      'error args/invalid the argument "repo" has to match ^[a-z]+$',
      'error args/unknown a has no argument "rpeo"',
      'error args/unknown a has no argument "toString"',
    ]);
    expect(plan.problems.map((one) => one.hint)).toContain('did you mean "repo"?');
    expect(JSON.stringify(planReport(plan))).not.toContain('SECRET');
    expect(plan.args).toEqual({});
  });

  test('named like a property of Object are not given unless they are', () => {
    expect(planOf(TOOL, 'a', { given: { values: { repo: 'a' } } }).args).not.toHaveProperty('constructor');
    expect(planOf(TOOL, 'a', { given: { values: JSON.parse('{"repo": "a", "__proto__": 1}') } }).problems).toHaveLength(
      1,
    );
  });
});

describe('calls without end', () => {
  const tool = (name: string, ...uses: string[]) =>
    `---\nkind: tool\nname: ${name}\nsteps: [${uses.length > 0 ? uses.map((one) => `{uses: ${one}}`).join(', ') : '{run: x}'}]\n`;
  const planAnyway = (text: string, name: string) => {
    const catalog = catalogOf(text);
    const world = { tools: catalog.tools, facts: null, files: () => [] };
    return makePlan({ tool: toolNamed(catalog, name), given: {}, argsMayBeMissing: true }, world);
  };

  test('in a circle are reported, and the plan ends', () => {
    const plan = planAnyway(tool('a', 'b') + tool('b', 'c') + tool('c', 'b', 'd') + tool('d'), 'a');
    expect(said(plan)).toEqual(['error reference/cycle tools call each other: c -> b -> c']);
    expect(plannedSteps(plan.root).map(({ stepPath }) => stepPath.replaceAll('step-', ''))).toEqual([
      '1',
      '1/1',
      '1/1/2',
      '1/1/2/1',
    ]);
    expect(said(planAnyway(tool('a', 'a'), 'a'))).toEqual(['error reference/cycle the tool "a" calls itself']);
  });

  test('that multiply are stopped', () => {
    const doubling =
      Array.from({ length: 40 }, (_, i) => tool(`t${i}`, `t${i + 1}`, `t${i + 1}`)).join('') + tool('t40');
    const plan = planAnyway(doubling, 't0');
    expect(said(plan)).toEqual([expect.stringMatching(/^error reference\/too-many .* more than 10000 steps/)]);
    expect(plannedSteps(plan.root).length).toBeLessThan(20_000);
  });

  test('that go deep are stopped before the stack is', () => {
    const chain = Array.from({ length: 500 }, (_, i) => tool(`t${i}`, `t${i + 1}`)).join('') + tool('t500');
    expect(said(planAnyway(chain, 't0'))).toEqual([expect.stringContaining('calls 100 deep')]);
    expect(said(planAnyway(chain, 't401'))).toEqual([]);
  });

  test('of a tool that is not there leave the rest of the plan', () => {
    const plan = planAnyway(tool('a', 'missing', 'b') + tool('b'), 'a');
    expect(plannedSteps(plan.root).map(({ stepPath }) => stepPath)).toEqual(['step-2', 'step-2/step-1']);
  });
});

test('a plan made twice is the same, and making it changes nothing', () => {
  const text = CALLING + CONDITIONAL.replace('kind', '---\nkind');
  const allow = { A: ['tool:outer'], C: ['*'], D: ['tool:inner'] };
  for (const name of ['outer', 'inner', 'a']) {
    const catalog = soundCatalog(text);
    const before = JSON.stringify([...catalog.tools.values()].map(({ written }) => written));
    const facts = factsOf(allow);
    const make = () =>
      makePlan(
        { tool: toolNamed(catalog, name), given: { values: { dry: true } }, argsMayBeMissing: true },
        { tools: catalog.tools, facts, files: () => [] },
      );
    const first = make();
    expect(make()).toEqual(first);
    expect(planReport(planOf(text, name, { allow, given: { values: { dry: true } } }))).toEqual(planReport(first));
    expect(JSON.stringify([...catalog.tools.values()].map(({ written }) => written))).toBe(before);
    expect(facts).toEqual(factsOf(allow));
  }
});

describe('where a step runs', () => {
  const BOXED = `kind: tool
name: main
args: {version: {type: string, default: '3.22'}, other: {type: string}}
image: 'alpine:\${{ args.version }}'
network: none
steps:
  - {id: inherits, run: x}
  - {id: own, image: 'debian:\${{ args.other }}', network: open, run: x}
`;

  test('its own image and network come before those of the tool; of an image only what is known is filled in', () => {
    const { steps } = planReport(planOf(BOXED, 'main'));
    expect(steps).toMatchObject([
      { id: 'inherits', executor: 'container', image: 'alpine:3.22', network: 'none' },
      { id: 'own', executor: 'container', image: 'debian:${{ args.other }}', network: 'open' },
    ]);
  });

  test('of an image no sensitive argument is shown', () => {
    const text = `kind: tool\nname: main\nargs: {token: {sensitive: true, default: hidden}}\nsteps: [{id: a, image: 'x:\${{ args.token }}', run: x}]\n`;
    const catalog = catalogOf(text);
    const request = { tool: toolNamed(catalog, 'main'), given: {}, argsMayBeMissing: true };
    const plan = makePlan(request, { tools: catalog.tools, facts: null, files: () => [] });
    expect(planReport(plan).steps[0]?.image).toBe('x:${{ args.token }}');
  });

  test('a step without either runs on the host, with the network that is there', () => {
    const { steps } = planReport(planOf('kind: tool\nname: main\nsteps: [{id: a, run: x}]', 'main'));
    expect(steps[0]).toMatchObject({ executor: 'host', network: 'open' });
    expect(steps[0]).not.toHaveProperty('image');
  });

  test.each([
    ['alpine:3.22', false],
    [`alpine@sha256:${'a'.repeat(64)}`, true],
    [`alpine:3.22@sha256:${'a'.repeat(64)}`, true],
    ['alpine@sha256:abc', false],
    ['${{ args.image }}', false],
    [`\${{ args.image }}@sha256:${'a'.repeat(64)}`, false],
  ])('in a pinned group the image %s gets the secrets: %j', (image, granted) => {
    const text = `kind: tool\nname: main\nargs: {image: {default: x}}\nsecrets: [A]\nsteps: [{id: a, image: '${image}', run: x}]\n`;
    const catalog = soundCatalog(text);
    const digest = toolDigest(toolNamed(catalog, 'main'), { tools: catalog.tools, files: () => [] });
    const allow = { A: [`tool:main@sha256:${digest}`] };
    expect(planReport(planOf(text, 'main', { allow, pinned: true })).steps[0]?.secrets[0]?.granted).toBe(granted);
    expect(planReport(planOf(text, 'main', { allow })).steps[0]?.secrets[0]?.granted).toBe(true);
  });
});

describe('services in a pinned group', () => {
  const CONTENT = `@sha256:${'a'.repeat(64)}`;

  test.each([
    ['postgres:17', false],
    [`postgres${CONTENT}`, true],
  ])('beside the service %s a step gets its secrets: %j', (service, granted) => {
    const text = `kind: tool\nname: main\nsecrets: [A]\nimage: app${CONTENT}\ncontainer: {services: [{name: db, image: '${service}'}]}\nsteps: [{id: a, run: x}]\n`;
    const catalog = soundCatalog(text);
    const digest = toolDigest(toolNamed(catalog, 'main'), { tools: catalog.tools, files: () => [] });
    const { secrets = [] } =
      planReport(planOf(text, 'main', { allow: { A: [`tool:main@sha256:${digest}`] }, pinned: true })).steps[0] ?? {};
    expect(secrets[0]?.granted).toBe(granted);
  });
});

describe('a step for each item', () => {
  const REPEATED = `kind: tool
name: main
args: {given: {type: array, default: [1, 2]}, missing: {type: array}, none: {type: array, required: false}}
steps:
  - {id: known, forEach: '\${{ args.given }}', run: x}
  - {id: later, forEach: '\${{ args.missing }}', run: x}
  - {id: output, forEach: '\${{ fromJSON(steps.later.outputs.x) }}', run: x}
  - {id: off, if: 'false', forEach: '\${{ args.none }}', run: x}
  - {id: nothing, if: '\${{ args.missing }}', forEach: '\${{ args.none }}', run: x}
`;

  test('has a count where that is known, and the expression everywhere', () => {
    const { steps } = planReport(planOf(REPEATED, 'main'));
    expect(steps.map((step) => step.forEach)).toEqual([
      { list: 'args.given', count: 2 },
      { list: 'args.missing', count: null },
      { list: 'fromJSON(steps.later.outputs.x)', count: null },
      { list: 'args.none', count: null },
      { list: 'args.none', count: null },
    ]);
    for (const { env } of steps) expect(env).toEqual(expect.arrayContaining(['ITEM', 'ITEM_INDEX']));
  });

  test('is a problem where the known value is not a list, unless its `if` rules it out', () => {
    expect(said(planOf(REPEATED, 'main'))).toEqual([
      'error expression/type `forEach` needs a list, and its expression gives null',
    ]);
    const many = { values: { given: Array.from({ length: 10_001 }, () => 0), none: [] } };
    expect(said(planOf(REPEATED, 'main', { given: many }))).toEqual([
      'error expression/type `forEach` takes 10000 items at most, and its expression gives 10001',
    ]);
  });

  test('is not judged by an argument that is refused', () => {
    expect(said(planOf(REPEATED, 'main', { given: { values: { given: 'text', none: [] } } }))).toEqual([
      'error args/invalid the argument "given" has to be a list (JSON), not text',
    ]);
  });
});
