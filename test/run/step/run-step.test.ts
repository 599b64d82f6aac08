import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { scratchBase } from '../../../src/run/workspace/scratch.ts';
import { type Told, type Values, Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
afterEach(() => workshop[Symbol.dispose]());

async function runMain(main: string, values: Values = {}, args: Record<string, never | string> = {}): Promise<Told> {
  workshop = await Workshop.open({ 'tools/main.yaml': main }, values);
  return workshop.run('main', { values: args });
}

/** A step that prints its environment as Node sees it, names sorted. */
const PRINT_ENVIRONMENT = `shell: node, run: 'console.log(JSON.stringify(process.env))'`;

describe('the environment of a step', () => {
  test('is built from empty: the variables of the machine, the declared ones, and the secrets of this step alone', async () => {
    workshop = await Workshop.open(
      {
        'tools/main.yaml': `
args: {dry-run: {type: boolean, default: true}, given: {type: string, required: false}}
secrets: [SHARED]
env: {LEVEL: info, BOTH: tool}
steps:
  - {id: one, secrets: [OWN], env: {BOTH: step, HERE: '\${{ env.LEVEL }}!'}, ${PRINT_ENVIRONMENT}}
  - {id: two, ${PRINT_ENVIRONMENT}}
`,
      },
      { SHARED: 'value-of-shared', OWN: 'value-of-own' },
    );
    Object.assign(workshop.env, {
      TZ: 'UTC',
      TMPDIR: workshop.place,
      LOCKSTEP_IDENTITY_FILE: `${workshop.env.HOME}/.config/lockstep/identity.txt`,
      LOCKSTEP_TRUST: '',
      AGE_KEY: 'AGE-SECRET-KEY-1NOT',
      AMBIENT: 'ambient',
      SHARED: 'ambient',
      BASH_ENV: '/dev/null',
      NODE_OPTIONS: '--no-warnings',
    });
    const { output, outcome } = await workshop.run('main');
    const { HOME, LANG, PATH, TMPDIR, TZ } = workshop.env;
    const scratch = expect.stringMatching(/^\/.*\/(input\.json|output)$/);
    const mark = expect.stringMatching(/^[0-9a-f]{32}$/);
    const machine = {
      HOME,
      LANG,
      PATH,
      TMPDIR,
      TZ,
      LOCKSTEP_INPUT: scratch,
      LOCKSTEP_OUTPUT: scratch,
      LOCKSTEP_STEP_MARK: mark,
    };
    const key = (step: string) => ({ LOCKSTEP_IDEMPOTENCY_KEY: `${outcome.run}/${step}` });
    const both = { ...machine, LEVEL: 'info', INPUT_DRY_RUN: 'true', INPUT_GIVEN: '', SHARED: '***' };
    expect(JSON.parse(output('one'))).toEqual({ ...both, ...key('one'), OWN: '***', BOTH: 'step', HERE: 'info!' });
    expect(JSON.parse(output('two'))).toEqual({ ...both, ...key('two'), BOTH: 'tool' });
  });

  test('holds no secret that the vault does not grant, nor one that is optional and absent', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': `
secrets: [{name: UNGRANTED, required: false}, {name: ABSENT, required: false}]
steps: [{id: see, run: 'echo "\${UNGRANTED-unset} \${ABSENT-unset}"'}]
`,
    });
    await workshop.set('UNGRANTED', 'value-of-another', ['tool:another']);
    expect((await workshop.run('main')).output('see')).toBe('unset unset\n');
  });

  test('the variables of a tool override those of its agent', async () => {
    workshop = await Workshop.open({
      'tools/main.yaml': "env: {BOTH: tool}\nsteps: [{id: see, run: 'echo $BOTH $MORE'}]",
      'agents/ops.yaml': 'description: x\ninstructions: x\ntools: [main]\nenv: {BOTH: agent, MORE: agent}',
    });
    expect((await workshop.run('main', { agent: 'ops' })).output('see')).toBe('tool agent\n');
  });

  test('a variable that cannot be evaluated fails the step', async () => {
    const { step } = await runMain(`
steps: [{id: bad, env: {X: "\${{ fromJSON('nope') }}"}, run: 'true'}]
`);
    expect(step('bad')).toMatchObject({ status: 'failed', exitCode: null, reason: { why: 'expression' } });
  });
});

describe('arguments', () => {
  const ARGS = `
args:
  text: {type: string}
  number: {type: number, default: 1.5}
  flag: {type: boolean, default: false}
  list: {type: array, default: [1, "two", null]}
  map: {type: object, default: {a: {b: 1}}}
  absent: {type: string, required: false}
`;

  test('come as variables and as one document, without those that were not given', async () => {
    const hostile = '$(id) `id` "; rm -rf / \\ \' \n second line ü \u{1f600}';
    const { output } = await runMain(
      `${ARGS}
steps: [{id: see, shell: node, run: "const i = JSON.parse(require('fs').readFileSync(process.env.LOCKSTEP_INPUT)); const v = Object.fromEntries(Object.entries(process.env).filter(([k]) => k.startsWith('INPUT_'))); console.log(JSON.stringify({i, v}))"}]
`,
      {},
      { text: hostile },
    );
    expect(JSON.parse(output('see'))).toEqual({
      i: { text: hostile, number: 1.5, flag: false, list: [1, 'two', null], map: { a: { b: 1 } } },
      v: {
        INPUT_TEXT: hostile,
        INPUT_NUMBER: '1.5',
        INPUT_FLAG: 'false',
        INPUT_LIST: '[1,"two",null]',
        INPUT_MAP: '{"a":{"b":1}}',
        INPUT_ABSENT: '',
      },
    });
  });

  test('too large for a variable are only in the document, with a note', async () => {
    const { events, output } = await runMain(
      'args: {text: {type: string}, short: {type: string}}\nsteps: [{id: see, run: \'echo "${INPUT_TEXT-unset} ${#INPUT_SHORT}"; wc -c < "$LOCKSTEP_INPUT"\'}]',
      {},
      { text: 'x'.repeat(131_061), short: 'y'.repeat(100_000) },
    );
    expect(output('see')).toBe('unset 100000\n231083\n');
    expect(events.filter((event) => event.type === 'notice')).toMatchObject([
      {
        message:
          'the argument "text" is larger than a variable can be: $INPUT_TEXT is not set, $LOCKSTEP_INPUT holds it',
      },
    ]);
  });

  test('the largest allowed one fits', async () => {
    const largest = 'x'.repeat(128 * 1024 - 'INPUT_TEXT='.length - 1);
    const { output } = await runMain(
      "args: {text: {type: string}}\nsteps: [{id: see, run: 'echo ${#INPUT_TEXT}'}]",
      {},
      {
        text: largest,
      },
    );
    expect(output('see')).toBe(`${largest.length}\n`);
  });

  test('too large together: the step is not started', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `a${at}`);
    const declared = names.map((name) => `${name}: {type: string}`).join(', ');
    const { step } = await runMain(
      `args: {${declared}}\nsteps: [{id: see, run: 'true'}]`,
      {},
      Object.fromEntries(names.map((name) => [name, 'x'.repeat(100_000)])),
    );
    expect(step('see')?.reason).toEqual({
      why: 'not-started',
      detail: 'its variables together are larger than the system allows',
    });
  });

  test('the document is for the owner alone, and read-only', async () => {
    const { output } = await runMain('steps: [{id: see, run: "stat -c %a $LOCKSTEP_INPUT $LOCKSTEP_OUTPUT"}]');
    expect(output('see')).toBe('400\n600\n');
  });
});

describe('outputs', () => {
  const outputsOf = async (run: string, more = '') => {
    const told = await runMain(`
outputs: {all: '\${{ toJSON(steps.a.outputs) }}'}
steps: [{id: a, ${more} run: ${JSON.stringify(run)}}]
`);
    const { outputs } = told.outcome;
    return { ...told, all: outputs.all === undefined ? undefined : JSON.parse(outputs.all) };
  };

  test('lines and blocks', async () => {
    const { all } = await outputsOf(
      'printf \'one=1\\ntwo=a=b\\n\\nblock<<END\\nx\\n y \\n\\nEND\\none=again\\n\' >> "$LOCKSTEP_OUTPUT"',
    );
    expect(all).toEqual({ one: 'again', two: 'a=b', block: 'x\n y \n' });
  });

  test('of JSON on standard output, which the file extends and overrides', async () => {
    const { all } = await outputsOf(
      'echo \'{"a": 1, "b": {"c": [true]}, "n": null, "s": "x"}\'; echo s=file >> "$LOCKSTEP_OUTPUT"',
      'output: json,',
    );
    expect(all).toEqual({ a: '1', b: '{"c":[true]}', n: '', s: 'file' });
  });

  test.each([
    ['not JSON', 'echo "{broken secret"', 'standard output is not JSON'],
    ['nothing', 'true', 'standard output is not JSON'],
    ['a list', 'echo "[1]"', 'standard output is JSON, but not an object'],
    ['a name that is none', 'echo \'{"a b": 1}\'', 'standard output has a key that is not a valid output name'],
    [
      'a pit',
      `printf '{"a":'; printf '[%.0s' {1..100000}; printf ']%.0s' {1..100000}; echo }`,
      'standard output is JSON nested deeper than 64 levels',
    ],
    ['__proto__', 'echo \'{"__proto__": 1}\'', 'standard output has a key that is not a valid output name'],
  ])('JSON that is not valid outputs: %s', async (_, run, detail) => {
    const { step } = await outputsOf(run, 'output: json,');
    expect(step('a')).toMatchObject({ status: 'failed', exitCode: 0, reason: { why: 'output-invalid', detail } });
  });

  test.each([
    ['neither form', 'echo "hunter2 in a line" >> "$LOCKSTEP_OUTPUT"', 'line 1: neither "name=value" nor "name<<WORD"'],
    ['no end', 'echo "a<<END" >> "$LOCKSTEP_OUTPUT"', 'line 1: the block that begins here has no end'],
    ['a name that is none', 'echo "__proto__=x" >> "$LOCKSTEP_OUTPUT"', 'line 1: the name of an output is'],
  ])('a file that is not valid outputs: %s', async (_, run, detail) => {
    const { step, outcome } = await outputsOf(run);
    expect(step('a')?.reason).toEqual({ why: 'output-invalid', detail: expect.stringContaining(detail) });
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  });

  test.each(['file', 'json'])('too many, by %s', async (way) => {
    const much = 'head -c 1100000 /dev/zero | tr "\\0" x';
    const { step } =
      way === 'file'
        ? await outputsOf(`{ printf a=; ${much}; } >> "$LOCKSTEP_OUTPUT"`)
        : await outputsOf(`printf '{"a": "'; ${much}; printf '"}'`, 'output: json,');
    expect(step('a')?.reason).toEqual({ why: 'output-limit', bytes: 1024 * 1024 });
  });

  test('named like a property of every object', async () => {
    const { all } = await outputsOf('echo constructor=c >> "$LOCKSTEP_OUTPUT"; echo toString=t >> "$LOCKSTEP_OUTPUT"');
    expect(all).toEqual({ constructor: 'c', toString: 't' });
  });

  test('of a failed step are dropped, with a note', async () => {
    const { output, events } = await runMain(`
steps:
  - {id: a, continueOnError: true, run: 'echo x=1 >> "$LOCKSTEP_OUTPUT"; exit 1'}
  - {id: b, env: {X: '\${{ steps.a.outputs.x }}'}, run: 'echo "[$X]"'}
`);
    expect(output('b')).toBe('[]\n');
    expect(events.filter(({ type }) => type === 'notice')).toEqual([
      { type: 'notice', step: 'a', message: 'it failed, so the outputs that it wrote are dropped' },
    ]);
  });
});

describe('secret files', () => {
  test('are for the owner alone, hold the exact bytes, and are gone after the step', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, ...Buffer.from('-----BEGIN'), 0]);
    workshop = await Workshop.open(
      {
        'tools/main.yaml': `
args: {path: {type: string}}
steps:
  - id: use
    secrets: [{name: CERT, as: file, env: CERT_PATH}]
    run: |
      stat -c %a "$CERT_PATH"; od -An -tx1 "$CERT_PATH" | tr -d '\\n'
      echo "$CERT_PATH" > "$INPUT_PATH"; env | grep -c CERT
  - {id: after, run: 'if [ -e "$(cat "$INPUT_PATH")" ]; then echo still there; else echo gone; fi'}
`,
      },
      { CERT: bytes },
    );
    const { output } = await workshop.run('main', { values: { path: workshop.mark('path') } });
    expect(output('use').replaceAll(' ', '')).toBe(`400\n${bytes.toString('hex')}1\n`);
    expect(output('after')).toBe('gone\n');
    expect(existsSync(workshop.markText('path').trim())).toBe(false);
  });

  test('are gone with all other files of the run, however it ended', async () => {
    const mine = () => readdirSync(scratchBase()).filter((name) => name.startsWith(`lockstep-${process.pid}-`));
    const before = mine();
    await runMain('secrets: [{name: A, as: file}]\nsteps: [{id: a, run: "chmod 0 $(dirname $A); exit 3"}]', { A: 'x' });
    expect(mine()).toEqual(before);
  });
});

describe('the place and the shell of a step', () => {
  test('it runs at the root, or in a folder below it that an expression may name', async () => {
    workshop = await Workshop.open({
      'sub/x': '',
      'tools/main.yaml': `
steps:
  - {id: root, run: pwd}
  - {id: sub, workdir: sub, run: pwd}
  - {id: named, workdir: "\${{ format('su{0}', 'b') }}", run: pwd}
  - {id: outside, needs: [], workdir: "\${{ format('..{0}', '/') }}", run: pwd}
`,
    });
    const { output, step } = await workshop.run('main');
    expect(output('root')).toBe(`${workshop.root}\n`);
    expect(output('sub')).toBe(`${workshop.root}/sub\n`);
    expect(output('named')).toBe(`${workshop.root}/sub\n`);
    expect(step('outside')?.reason).toEqual({
      why: 'not-started',
      detail: 'the working directory "../" lies outside the repository',
    });
  });

  test('it runs in each shell, in which a failing command ends the step', async () => {
    const { output, step } = await runMain(`
steps:
  - {id: bash, run: 'echo "\${BASH_VERSION:+bash}"; false | true; echo not reached'}
  - {id: sh, needs: [], shell: sh, run: 'echo sh; false; echo not reached'}
  - {id: python, needs: [], shell: python, run: 'import sys; print("python", flush=True); sys.exit(5)'}
  - {id: node, needs: [], shell: node, run: 'console.log("node"); process.exitCode = 6'}
  - {id: own, needs: [], shell: 'perl -w {0}', run: 'print "perl\\n"; exit 7'}
`);
    const exits = ['bash', 'sh', 'python', 'node', 'own'].map((id) => [output(id), step(id)?.exitCode]);
    expect(exits).toEqual([
      ['bash\n', 1],
      ['sh\n', 1],
      ['python\n', 5],
      ['node\n', 6],
      ['perl\n', 7],
    ]);
  });

  test('it runs with empty standard input', async () => {
    expect((await runMain('steps: [{id: a, run: "wc -c"}]')).output('a')).toMatch(/^ *0\n$/);
  });

  test('it reports the signal that ended it', async () => {
    expect((await runMain('steps: [{id: a, run: "kill -SEGV $$"}]')).step('a')?.reason).toEqual({
      why: 'signal',
      signal: 'SIGSEGV',
    });
  });
});

test('events describe the whole run in order, and end with the report that `report` gives', async () => {
  const { events, outcome } = await runMain(`
outputs: {x: '\${{ steps.a.outputs.x }}'}
steps:
  - {id: a, run: 'echo out; echo x=1 >> "$LOCKSTEP_OUTPUT"'}
  - {id: b, if: 'false', run: 'true'}
`);
  expect(events.map((event) => event.type)).toEqual([
    'run-started',
    'step-started',
    'output',
    'step-finished',
    'step-finished',
    'run-finished',
  ]);
  expect(events.at(-1)).toEqual({ type: 'run-finished', report: outcome });
  expect(outcome).toMatchObject({
    run: expect.stringMatching(/^\d{8}t\d{9}-[0-9a-f]{6}$/),
    tool: 'main',
    status: 'succeeded',
    steps: [
      { id: 'a', status: 'succeeded', exitCode: 0, attempts: 1, durationMs: expect.any(Number) },
      { id: 'b', status: 'skipped', exitCode: null, attempts: 0, reason: { why: 'condition' } },
    ],
    outputs: { x: '1' },
  });
});
