import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { PluginProgram } from '../rig/plugin-program.ts';
import { LOCKSTEP, Repository } from '../rig/repository.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const HELLO = `kind: tool
name: hello
args: {name: {type: string}}
secrets: [TOKEN]
outputs: {key: '\${{ steps.greet.outputs.key }}'}
steps:
  - id: greet
    shell: sh
    run: echo "Hello, $INPUT_NAME, $TOKEN"; echo "key=$LOCKSTEP_IDEMPOTENCY_KEY" >> "$LOCKSTEP_OUTPUT"
`;
const TOKEN = 'a-token-that-nobody-may-see';

let program: PluginProgram;
let repository: Repository;
beforeAll(async () => {
  program = await PluginProgram.install('test/plugins/ci');
  repository = new Repository({ 'tools/hello.yaml': HELLO });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN'], TOKEN);
  // The image of a cluster has it in its PATH.
  const bin = join(repository.place, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec ${process.execPath} ${LOCKSTEP} "$@"\n`);
  chmodSync(join(bin, 'lockstep'), 0o755);
  repository.env.PATH = [bin, repository.env.PATH].join(delimiter);
}, 600_000);
afterAll(() => {
  repository?.[Symbol.dispose]();
  program?.[Symbol.dispose]();
});

/** What the readers of these systems find wrong, by the name of the file. */
function faults(files: Readonly<Record<string, readonly [kind: string, content: string]>>): Record<string, string[]> {
  const words = Object.entries(files).map(([name, [kind, content]]) => {
    const file = join(program.folder, name);
    writeFileSync(file, content);
    return `${kind}=${file}`;
  });
  const said = execFileSync(process.execPath, [join(program.folder, 'program.ts'), ...words], { encoding: 'utf8' });
  const found = JSON.parse(said);
  return Object.fromEntries(Object.keys(files).map((name, at) => [name, found[words[at] ?? '']]));
}

const job = parse(read('examples/ci/kubernetes-job.yaml'));
const template = parse(read('examples/ci/argo-workflow-template.yaml'));

describe('the files for CI systems and clusters', () => {
  test('are what these systems read', () => {
    const action = read('action.yml');
    const workflow = read('examples/ci/github-actions.yml');
    const found = faults({
      action: ['action', action],
      'action, broken': ['action', action.replace('shell: bash', 'shel: bash')],
      'action, by a wrong name': ['action', action.replace('${{ inputs.tool }}', '${{ secrets.tool }}')],
      workflow: ['workflow', workflow],
      'workflow, broken': ['workflow', workflow.replace('with:', 'width:')],
      'workflow, by a wrong name': ['workflow', workflow.replace('vars.', 'variables.')],
      job: ['job', JSON.stringify(job)],
      'job, broken': ['job', JSON.stringify({ ...job, spec: { ...job.spec, backoffLimit: 'two' } })],
      argo: ['argo', JSON.stringify(template)],
      'argo, broken': ['argo', JSON.stringify({ ...template, spec: { ...template.spec, templates: 'one' } })],
    });
    for (const [name, said] of Object.entries(found))
      if (name.includes(',')) expect(said, name).not.toEqual([]);
      else expect(said, name).toEqual([]);
  });

  test('have no field that a cluster does not know', { timeout: 120_000 }, () => {
    const typed = (unknown: object) => `
import type { IWorkflowTemplate } from '@kubernetes-models/argo-workflows/argoproj.io/v1alpha1/WorkflowTemplate';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
export const job: IJob = ${JSON.stringify(job)};
export const template: IWorkflowTemplate = ${JSON.stringify({ ...template, ...unknown })};
`;
    writeFileSync(join(program.folder, 'manifests.ts'), typed({ retries: 1 }));
    expect(() => program.typeCheck()).toThrow('\'"retries"\' does not exist');
    writeFileSync(join(program.folder, 'manifests.ts'), typed({}));
    program.typeCheck();
  });

  test('a Kubernetes job runs its tool, with the key of the job', () => {
    const [container] = job.spec.template.spec.containers;
    const [file, ...args]: string[] = container.command.map((word: string) => word.replace('$(JOB_UID)', 'uid-1'));
    const said = execFileSync(file ?? '', [...args, '--json'], {
      cwd: repository.root,
      env: repository.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(JSON.parse(said.toString())).toMatchObject({ outputs: { key: 'kubernetes:uid-1/greet' } });
  });

  test('a step of an Argo workflow runs its tool, and hands on the report', () => {
    const [{ container }] = template.spec.templates;
    const state = repository.env.LOCKSTEP_STATE_DIR ?? '';
    const hostile = '"; touch hacked; $(touch hacked)';
    const run = (tool: string) => {
      const env = { ...repository.env, TOOL: tool, ARGS: '{"name": "Ada"}', STEP: hostile, WORKFLOW: 'uid-2' };
      const { status } = spawnSync(container.command[0], [...container.command.slice(1), ...container.args], {
        cwd: repository.root,
        env,
        stdio: 'ignore',
      });
      return { status, report: JSON.parse(readFileSync(join(state, 'result.json'), 'utf8')) };
    };
    expect(run('hello')).toMatchObject({ status: 0, report: { outputs: { key: `argo:uid-2:${hostile}/greet` } } });
    expect(run(hostile)).toMatchObject({ status: 1, report: { error: { code: 'definition/unknown' } } });
    expect(() => readFileSync(join(repository.root, 'hacked'))).toThrow('ENOENT');
  });

  test('GitLab runs a job that extends the template, with the key of the pipeline', { timeout: 120_000 }, () => {
    const ci = parse(read('examples/ci/gitlab-ci.yml'));
    // This machine has it.
    delete ci['.lockstep'].before_script;
    repository.write('.gitlab-ci.yml', stringify(ci));
    const git = (...args: readonly string[]) =>
      execFileSync('git', args, { cwd: repository.root, env: repository.env });
    git('init', '--quiet', '--initial-branch', 'main');
    git('remote', 'add', 'origin', 'git@gitlab.example.com:group/tools.git');
    git('add', '.');
    git('-c', 'user.name=ci', '-c', 'user.email=ci@example.com', 'commit', '--quiet', '-m', 'tools');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(program.folder, 'node_modules/gitlab-ci-local/dist/index.js'), ...['--force-shell-executor', 'hello']],
      { cwd: repository.root, env: repository.env, encoding: 'utf8' },
    );
    expect(status, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toContain('Hello, Ada, ***');
    expect(`${stdout}${stderr}`).not.toContain(TOKEN);
    expect(stdout).toMatch(/key = gitlab:\d+:\d+:hello\/greet/);
    expect(readFileSync(join(repository.root, 'lockstep.xml'), 'utf8')).toContain('name="greet"');
  });
});
