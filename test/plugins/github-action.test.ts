import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LOCKSTEP, type Repository } from '../rig/repository.ts';
import { repositoryOfTools, TOKEN } from './tools.ts';

const ROOT = join(import.meta.dirname, '../..');
const ACTION = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8'));
const [STEP] = ACTION.runs.steps;

const MORE = `
kind: tool
name: print
args: {text: {type: string}}
secrets: [CERTIFICATE, {name: TOKEN, env: OTHER}]
outputs: {text: '\${{ args.text }}'}
steps:
  - {id: say, shell: sh, run: 'echo "::set-output name=a::b"; echo "::add-mask::$INPUT_TEXT"; echo "$CERTIFICATE"; echo "a ##[group]x"'}
`;
const CERTIFICATE = '-----BEGIN THING-----\nfirst-line-of-100%-secrecy\n  second-line-of-it\n}\n-----END THING-----\n';

let repository: Repository;
beforeAll(async () => {
  repository = await repositoryOfTools();
  repository.write('tools/more.yaml', MORE);
  await repository.must(['secret', 'set', 'CERTIFICATE', '--keep-newline'], CERTIFICATE);
  await repository.must(['secret', 'grant', 'TOKEN', '--to', 'tool:print']);
});
afterAll(() => repository[Symbol.dispose]());

/** What a runner makes of one use of the action. */
interface Used {
  readonly code: number | null;
  /** The lines that it takes for commands. */
  readonly commands: readonly string[];
  /** The lines that it shows, which it masks by itself; here they are as they came. */
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

let uses = 0;

/** The shell of a step, as the runner starts it. */
const SHELL = ['bash', '--noprofile', '--norc', '-eo', 'pipefail'] as const;

/** Prepares one use of the action as the runner does: its script, its files, the inputs of a workflow. */
function prepare(inputs: Readonly<Record<string, string>>) {
  const folder = join(repository.place, `runner-${++uses}`);
  mkdirSync(folder);
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  for (const file of Object.values(files)) writeFileSync(file, '');
  const script = join(folder, 'script.sh');
  writeFileSync(script, STEP.run);
  const given: Record<string, string> = {
    command: `${process.execPath} ${LOCKSTEP}`,
    'idempotency-key': 'github:o/r:1:job:0:__self',
    ...inputs,
  };
  const input = (name: string): string => given[name] ?? ACTION.inputs[name].default ?? '';
  const own = Object.entries<string>(STEP.env).map(([name, text]) => [
    name,
    text.replace(/^\$\{\{ inputs\.([a-z-]+) \}\}$/, (_, one: string) => input(one)),
  ]);
  const env = { ...repository.env, GITHUB_ACTIONS: 'true', CI: 'true', ...files, ...Object.fromEntries(own) };
  return { files, script, cwd: join(repository.root, input('working-directory')), env };
}

function use(inputs: Readonly<Record<string, string>>, more: Readonly<Record<string, string>> = {}): Used {
  const { files, script, cwd, env } = prepare(inputs);
  const [file, ...flags] = SHELL;
  const options = { cwd, env: { ...env, ...more }, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(file, [...flags, script], options);
  const lines = `${stdout}${stderr}`.split('\n');
  const isCommand = (line: string) => /^\s*::|##\[/.test(line);
  return {
    code: status,
    commands: lines.filter(isCommand),
    log: lines.filter((line) => !isCommand(line)).join('\n'),
    outputs: outputsIn(readFileSync(files.GITHUB_OUTPUT, 'utf8')),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
  };
}

/** As the runner reads it: a name and a delimiter, then lines up to the delimiter. */
function outputsIn(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; lines[at]; at++) {
    const [name = '', delimiter = ''] = (lines[at] ?? '').split('<<');
    const end = lines.indexOf(delimiter, at + 1);
    if (end === -1) throw new Error(`${name} has no end`);
    outputs[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return outputs;
}

describe('the action for GitHub', () => {
  test('runs a tool: its outputs, a summary, and the masks of what it was granted', () => {
    const { code, commands, log, outputs, summary } = use({ tool: 'show', args: '{"times": 1}' });
    expect(code, log).toBe(0);
    expect(commands).toEqual([`::add-mask::${TOKEN}`]);
    expect(log).toContain('token ***');
    expect(outputs.status).toBe('succeeded');
    expect(JSON.parse(outputs.outputs ?? '')).toEqual({ said: '***', key: 'github:o/r:1:job:0:__self/say' });
    expect(outputs.run).toMatch(/^\d{8}t/);
    expect(summary).toContain('### show: succeeded');
    expect(summary).toMatch(/^\| say \| succeeded \| [\d.]+ \| {2}\|$/m);
    expect(JSON.stringify([log, outputs, summary])).not.toContain(TOKEN);
  });

  test('registers the telling lines of a long value one by one, and what a tool prints stays text', () => {
    const text = '::warning::x\nlockstep-1\nstatus<<E\nbad\nE\n| <b>';
    const { code, commands, log, outputs, summary } = use({ tool: 'print', args: JSON.stringify({ text }) });
    expect(code, log).toBe(0);
    expect(commands).toEqual([
      '::add-mask::first-line-of-100%25-secrecy',
      '::add-mask::second-line-of-it',
      `::add-mask::${TOKEN}`,
    ]);
    expect(Object.keys(outputs)).toEqual(['run', 'status', 'outputs']);
    expect(JSON.parse(outputs.outputs ?? '')).toEqual({ text });
    expect(summary).toContain(
      '| text | &#58;&#58;warning&#58;&#58;x lockstep-1 status&#60;&#60;E bad E &#124; &#60;b&#62; |',
    );
  });

  test('annotates a step that failed', () => {
    const { code, commands, outputs, summary } = use({ tool: 'broken' });
    expect(code).toBe(1);
    expect(commands).toEqual([`::add-mask::${TOKEN}`, '::error title=broken%3A try::exit code 7']);
    expect(outputs).toMatchObject({ status: 'failed', outputs: '{}' });
    expect(summary).toContain('| try | failed |');
  });

  test('annotates what preflight refuses, at its place, and starts nothing', () => {
    const { code, commands, log, outputs, summary } = use({ tool: 'show', args: '{"times": "many", "colour": 1}' });
    expect(code).toBe(1);
    expect(commands).toHaveLength(2);
    for (const line of commands) expect(line).toMatch(/^::error .*title=args\/(invalid|unknown)::/);
    expect(log).toContain('nothing was started');
    expect(outputs).toMatchObject({ run: '', status: 'failed' });
    expect(summary).toContain('### show: refused');
  });

  test('annotates what the world denies', () => {
    const { code, commands, outputs } = use({ tool: 'show' }, { HOME: repository.root });
    expect(code).toBe(3);
    expect(commands).toEqual([expect.stringMatching(/^::error title=show::/)]);
    expect(outputs).toMatchObject({ run: '', status: 'failed' });
  });

  test('a cancelled job ends the processes of its tool', async () => {
    const { files, script, cwd, env } = prepare({ tool: 'stay' });
    const [file, ...flags] = SHELL;
    repository.write('log', '');
    const child = spawn(file, [...flags, script], { cwd, env, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('close', resolve));
    const log = () => readFileSync(join(repository.root, 'log'), 'utf8');
    try {
      await expect.poll(log, { timeout: 25_000 }).toMatch(/^\d+\n$/);
      // The runner signals the shell, and nothing else.
      child.kill('SIGINT');
      expect(await ended).toBe(130);
    } finally {
      child.kill('SIGKILL');
    }
    expect(() => process.kill(Number(log()), 0)).toThrow('ESRCH');
    expect(outputsIn(readFileSync(files.GITHUB_OUTPUT, 'utf8'))).toMatchObject({ status: 'cancelled' });
  });

  test('starts the version of Lockstep that it belongs to', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const named = `lockstep@${version}`;
    expect(ACTION.inputs.package.default).toBe(named);
    expect(readFileSync(join(ROOT, 'examples/ci/gitlab-ci.yml'), 'utf8')).toContain(`LOCKSTEP_PACKAGE: ${named}\n`);
    expect(readFileSync(join(ROOT, 'docs/plugins.md'), 'utf8')).toContain(`default \`${named}\``);
  });

  test('an input is a word, never code or an option', () => {
    const hostile = 'x"; touch hacked; $(touch hacked) `touch hacked`';
    for (const one of ['tool', 'agent', 'group', 'timeout', 'args'])
      expect(use({ tool: 'show', [one]: hostile }).code, one).not.toBe(0);
    expect(use({ tool: '--help' }).log).not.toContain('USAGE');
    expect(() => readFileSync(join(repository.root, 'hacked'))).toThrow('ENOENT');
  });
});

describe('lockstep run --ci github', () => {
  const refusal = async (env: Readonly<Record<string, string>>, ...more: readonly string[]) => {
    Object.assign(repository.env, env);
    const { code, stdout, stderr } = await repository.lockstep(['run', 'show', '--ci', 'github', ...more]);
    for (const name of Object.keys(env)) delete repository.env[name];
    expect(`${stdout}${stderr}`).not.toContain(TOKEN);
    return { code, said: `${stdout}${stderr}` };
  };

  test('prints no value where no runner hides it', async () => {
    const { code, said } = await refusal({});
    expect(code).toBe(2);
    expect(said).toContain('this is not one');
    const only = join(repository.place, 'only');
    expect((await refusal({ GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: only })).code).toBe(2);
  });

  test('starts nothing where it cannot report, or not in one form', async () => {
    const file = join(repository.place, 'written');
    writeFileSync(file, '');
    const runner = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: file };
    const lost = await refusal({ ...runner, GITHUB_OUTPUT: join(repository.place, 'no/such') });
    expect(lost).toMatchObject({ code: 3, said: expect.stringContaining('GITHUB_OUTPUT names cannot be written') });
    expect((await refusal({ ...runner, GITHUB_OUTPUT: file }, '--json')).code).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe('');
  });
});
