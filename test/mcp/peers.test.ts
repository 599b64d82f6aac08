import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformanceRepository } from '../rig/conformance-repository.ts';
import { LOCKSTEP, Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';
import { TokenProxy } from '../rig/token-proxy.ts';

/** The peers are a package of their own: 140 MB that nothing else needs. */
const folder = mkdtempSync(join(tmpdir(), 'lockstep-mcp-peers-'));
const installed = join(folder, 'node_modules');

beforeAll(async () => {
  const source = join(import.meta.dirname, 'peers');
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  await promisify(execFile)('npm', ['ci', '--silent', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program prints, whatever its exit code. */
function output(args: readonly string[], cwd = folder): Promise<string> {
  return new Promise((resolve) =>
    execFile(process.execPath, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    ),
  );
}

const FIXED_CONTENT = 'a tool gives text and named outputs, no images, sounds or embedded resources';
const FIXED_ADDRESS = 'resources are the problems, plans and runs of the repository; none has the address of the suite';
const NO_PARAMETERS = "a prompt is an agent's instructions, which take no arguments and hold text alone";
const OWN_QUESTION = 'a user is asked one thing: whether a step may start. No tool asks for other data';
const NO_MODEL = 'a tool never asks the model of its caller, nor for the folders of the host';

/** The scenarios of each requirement set that a server of ours cannot meet, and why. */
const UNMET: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '2025-11-25': {
    'tools-call-image': FIXED_CONTENT,
    'tools-call-audio': FIXED_CONTENT,
    'tools-call-embedded-resource': FIXED_CONTENT,
    'tools-call-mixed-content': FIXED_CONTENT,
    'tools-call-sampling': NO_MODEL,
    'tools-call-elicitation': OWN_QUESTION,
    'elicitation-sep1034-defaults': OWN_QUESTION,
    'elicitation-sep1330-enums': OWN_QUESTION,
    'resources-read-text': FIXED_ADDRESS,
    'resources-read-binary': FIXED_ADDRESS,
    'resources-templates-read': FIXED_ADDRESS,
    'prompts-get-with-args': NO_PARAMETERS,
    'prompts-get-embedded-resource': NO_PARAMETERS,
    'prompts-get-with-image': NO_PARAMETERS,
  },
  '2026-07-28': {
    // Two of its checks: a tool that needs the model of its caller.
    'server-stateless': NO_MODEL,
    'tools-call-image': FIXED_CONTENT,
    'tools-call-audio': FIXED_CONTENT,
    'tools-call-embedded-resource': FIXED_CONTENT,
    'tools-call-mixed-content': FIXED_CONTENT,
    'resources-read-text': FIXED_ADDRESS,
    'resources-read-binary': FIXED_ADDRESS,
    'resources-templates-read': FIXED_ADDRESS,
    'prompts-get-with-args': NO_PARAMETERS,
    'prompts-get-embedded-resource': NO_PARAMETERS,
    'prompts-get-with-image': NO_PARAMETERS,
    'input-required-result-basic-elicitation': OWN_QUESTION,
    'input-required-result-basic-sampling': NO_MODEL,
    'input-required-result-basic-list-roots': NO_MODEL,
    'input-required-result-multiple-input-requests': NO_MODEL,
    'input-required-result-non-tool-request': NO_PARAMETERS,
    'input-required-result-capability-check': NO_MODEL,
  },
};

/** The checks of the partly met scenario that fail. */
const UNMET_CHECKS = ['sep-2575-server-rejects-undeclared-capability', 'sep-2575-missing-capability-http-400'];

interface Check {
  readonly id: string;
  readonly status: string;
}

/** The suite at work on one server. Some of its checks wait for a fraction of a second: on a busy machine it may try again. */
class Suite {
  readonly #set: string;
  readonly #url: string;
  readonly #suite = join(installed, '@modelcontextprotocol/conformance');
  #runs = 0;

  constructor(set: string, url: string) {
    this.#set = set;
    this.#url = url;
  }

  /** The names of the scenarios that a server has to meet. */
  get required(): readonly string[] {
    const text = readFileSync(join(this.#suite, 'requirements', `${this.#set}.yaml`), 'utf8');
    const [, list = ''] = /^server:\n((?: {2}- .*\n)+)/m.exec(text) ?? [];
    return [...list.matchAll(/- (\S+)/g)].map(([, name = '']) => name);
  }

  /** The failed checks of each scenario that has run. */
  async run(...which: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    this.#runs += 1;
    const results = join(folder, `results-${this.#set}-${this.#runs}`);
    const place = ['server', '--url', this.#url, '--output-dir', results, '--timeout', '120000'];
    await output([join(this.#suite, 'dist/index.js'), ...place, ...which]);
    const files = globSync('*/checks.json', { cwd: results });
    return new Map(
      files.map((file) => {
        const checks = JSON.parse(readFileSync(join(results, file), 'utf8')) as readonly Check[];
        const [, name = ''] = /^server-(.*?)-\d{4}-\d\d-\d\dT/.exec(file) ?? [];
        return [name, checks.filter(({ status }) => status === 'FAILURE').map(({ id }) => id)];
      }),
    );
  }

  async again(name: string, ...flags: readonly string[]): Promise<readonly string[]> {
    const found = await this.run('--scenario', name, '--spec-version', this.#set, ...flags);
    return found.get(name) ?? ['not run'];
  }
}

/** What a scenario may fail: all of it, or for one that is met in part these checks. */
function isExpected(name: string, failed: readonly string[], unmet: Readonly<Record<string, string>>): boolean {
  if (name === 'server-stateless') return failed.every((id) => UNMET_CHECKS.includes(id));
  return name in unmet ? failed.length > 0 : failed.length === 0;
}

describe('the conformance suite of the protocol', () => {
  test.each(Object.entries(UNMET))(
    'of %s: all that a server of tools can meet is met',
    { timeout: 300_000 },
    async (set, unmet) => {
      using repository = conformanceRepository();
      await using proxy = await TokenProxy.start();
      await using server = await ServedRepository.start(repository, ['--name', proxy.host]);
      proxy.to(server.port, server.token);
      const suite = new Suite(set, `http://${proxy.host}/mcp`);
      expect(suite.required.length).toBeGreaterThan(25);
      expect(Object.keys(unmet).filter((name) => !suite.required.includes(name))).toEqual([]);
      const found = await suite.run('--requirements', set);
      for (const name of suite.required) {
        let failed = found.get(name) ?? ['not run'];
        for (let times = 0; times < 4 && !isExpected(name, failed, unmet); times += 1) failed = await suite.again(name);
        expect(isExpected(name, failed, unmet), `${name}: ${failed.join(', ')}`).toBe(true);
      }
    },
  );
});

/** The scenarios of the extension for tasks, and the checks of each that a server of ours cannot meet. */
const TASK_SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  // A run that fails, fails as a result: no tool of ours ends in an error of the protocol.
  'tasks-lifecycle': ['sep-2663-tasks-get-status-failed'],
  'tasks-capability-negotiation': [],
  'tasks-wire-fields': [],
  'tasks-request-state-removal': [],
  'tasks-mrtr-input': [],
  // It compares two results, and each of ours names its run.
  'tasks-request-headers': ['tasks-headers-tolerate-mcp-method-on-tools-call'],
  'tasks-dispatch-and-envelope': [],
  'tasks-status-notifications': [],
  // A client that does not know tasks waits for the result.
  'tasks-required-task-error': ['sep-2663-server-returns-missing-capability-when-required'],
  // A question is asked when its step comes, within the task.
  'tasks-mrtr-composition': ['sep-2663-mrtr-synchronous-before-task-creation'],
};

test('the extension for tasks', { timeout: 300_000 }, async () => {
  using repository = conformanceRepository();
  await using proxy = await TokenProxy.start();
  await using server = await ServedRepository.start(repository, ['--name', proxy.host]);
  proxy.to(server.port, server.token);
  const suite = new Suite('2026-07-28', `http://${proxy.host}/mcp`);
  for (const [name, unmet] of Object.entries(TASK_SCENARIOS)) {
    let failed = await suite.again(name, '--force');
    for (let times = 0; times < 4 && failed.some((id) => !unmet.includes(id)); times += 1)
      failed = await suite.again(name, '--force');
    expect(failed, name).toEqual(unmet);
  }
});

const GREET = `kind: tool
name: greet
description: Greet somebody.
args: {name: {type: string}}
steps: [{id: say, run: 'echo "hello $INPUT_NAME"'}]
`;

test('the command line of the inspector lists, calls and reads', { timeout: 120_000 }, async () => {
  using repository = new Repository({ 'tools/greet.yaml': GREET });
  const inspector = join(installed, '@modelcontextprotocol/inspector/clients/launcher/build/index.js');
  const inspect = async (...args: string[]) => {
    const state = [
      '-e',
      `LOCKSTEP_STATE_DIR=${repository.env.LOCKSTEP_STATE_DIR}`,
      '-e',
      `HOME=${repository.env.HOME}`,
    ];
    const said = await output([
      inspector,
      '--cli',
      ...state,
      process.execPath,
      LOCKSTEP,
      '-C',
      repository.root,
      'mcp',
      ...args,
    ]);
    return JSON.parse(said);
  };
  expect((await inspect('--method', 'tools/list')).tools).toMatchObject([{ name: 'greet' }]);
  const called = await inspect('--method', 'tools/call', '--tool-name', 'greet', '--tool-arg', 'name=ada');
  expect(called.content[0].text).toContain('hello ada');
  expect((await inspect('--method', 'resources/list')).resources).toContainEqual(
    expect.objectContaining({ uri: 'lockstep://problems' }),
  );
});

test('a client of the first library has a session over stdio and over HTTP', { timeout: 120_000 }, async () => {
  using repository = new Repository({ 'tools/greet.yaml': GREET });
  await using server = await ServedRepository.start(repository);
  const program = join(folder, 'old-client.mjs');
  const said = await output([program, LOCKSTEP, repository.root, `${server.url}mcp`, server.token]);
  const results = JSON.parse(said) as readonly { readonly tools: string[]; readonly text: string }[];
  expect(results).toHaveLength(2);
  for (const { tools, text } of results) {
    expect(tools).toEqual(['greet']);
    expect(text).toContain('hello ada');
  }
});
