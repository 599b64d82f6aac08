import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');
const NODES = {
  'the oldest Node 22 that it supports': `node-${process.platform}-${process.arch}@22.22.0`,
  'Node 26': `node-${process.platform}-${process.arch}@26.12.1`,
};
const QUIET = ['--no-audit', '--no-fund', '--prefer-offline'];

let place: string;
let tarball: string;
beforeAll(() => {
  // Far from the checkout, whose node_modules nothing here may find.
  place = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-package-')));
  npm(ROOT, 'pack', '--pack-destination', place);
  tarball = join(place, readdirSync(place).find((name) => name.endsWith('.tgz')) ?? '');
}, 120_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** The variables of an npm around the tests would make it work on this checkout. */
function withoutNpm(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
}

/** Returns all that npm prints. */
function npm(cwd: string, ...args: readonly string[]): string {
  const env = withoutNpm();
  return execFileSync('sh', ['-c', 'npm "$@" 2>&1', 'sh', ...args], { cwd, env, encoding: 'utf8' });
}

function emptyPackage(name: string): string {
  const folder = join(place, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}');
  return folder;
}

const TOOL = `kind: tool
name: greet
secrets: [TOKEN]
steps: [{id: say, shell: sh, run: 'echo "token $TOKEN"'}]
`;

/** The library, and those of its subpaths that need no other package. */
const USE = `
import { openProject } from 'lockstep';
import { toolStep } from 'lockstep/dbos';
import { runToolStep } from 'lockstep/tool-step';
console.log(typeof openProject, typeof toolStep, typeof runToolStep);
`;

/** The main job, from a new identity to a masked value. */
function mainJob(node: string, lockstep: string, name: string): string {
  const root = join(place, `job-${name}`);
  mkdirSync(join(root, 'tools'), { recursive: true });
  writeFileSync(join(root, 'tools/greet.yaml'), TOOL);
  const env = { HOME: root, PATH: [dirname(node), '/usr/bin', '/bin'].join(delimiter) };
  const run = (input: string, ...args: readonly string[]) =>
    execFileSync(node, [lockstep, ...args], { cwd: root, env, input, encoding: 'utf8' });
  run('', 'init');
  run('a-token-that-is-masked', 'secret', 'set', 'TOKEN', '--allow', 'tool:greet');
  return run('', 'run', 'greet');
}

describe('the package', { timeout: 180_000 }, () => {
  test('installs globally and runs, without a warning', () => {
    expect(npm(place, 'install', '--global', '--prefix', join(place, 'global'), tarball, ...QUIET)).not.toMatch(
      /warn/i,
    );
    const lockstep = join(place, 'global/bin/lockstep');
    expect(mainJob(process.execPath, lockstep, 'global')).toContain('token ***');
  });

  test('is what the action for GitHub installs and runs', () => {
    const [step] = parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')).runs.steps;
    const root = join(place, 'action');
    mkdirSync(join(root, 'tools'), { recursive: true });
    writeFileSync(join(root, 'tools/hello.yaml'), 'kind: tool\nname: hello\nsteps: [{id: say, run: echo hello}]\n');
    const files = { GITHUB_OUTPUT: join(root, 'output'), GITHUB_STEP_SUMMARY: join(root, 'summary') };
    for (const file of Object.values(files)) writeFileSync(file, '');
    const inputs = {
      TOOL: 'hello',
      ARGS: '{}',
      KEY: 'key',
      PACKAGE: tarball,
      COMMAND: '',
      AGENT: '',
      GROUP: '',
      TIMEOUT: '',
    };
    const own = Object.entries(inputs).map(([name, value]) => [`LOCKSTEP_ACTION_${name}`, value]);
    const env = {
      // npm finds its registry as the user has set it.
      ...withoutNpm(),
      ...files,
      ...Object.fromEntries(own),
      GITHUB_ACTIONS: 'true',
      LOCKSTEP_STATE_DIR: join(root, 'state'),
      XDG_CACHE_HOME: join(root, 'cache'),
      npm_config_cache: join(place, 'cache'),
    };
    const said = execFileSync('bash', ['-eo', 'pipefail', '-c', step.run], {
      cwd: root,
      env,
      encoding: 'utf8',
      timeout: 170_000,
    });
    expect(said).toContain('say | hello');
    expect(readFileSync(files.GITHUB_OUTPUT, 'utf8')).toContain('succeeded');
  });

  describe('as a dependency', () => {
    let modules: string;
    beforeAll(() => {
      const folder = emptyPackage('dependency');
      expect(npm(folder, 'install', tarball, ...QUIET)).not.toMatch(/warn/i);
      writeFileSync(join(folder, 'use.js'), USE);
      modules = join(folder, 'node_modules');
    }, 180_000);

    test.each(Object.entries(NODES))('does the main job and gives its library on %s', (name, wanted) => {
      const folder = emptyPackage(name.replaceAll(' ', '-'));
      npm(folder, 'install', wanted, ...QUIET);
      const node = join(folder, 'node_modules', wanted.replace(/@.*/, ''), 'bin/node');
      expect(mainJob(node, join(modules, 'lockstep/bin/lockstep.js'), name)).toContain('token ***');
      expect(execFileSync(node, [join(modules, '../use.js')], { encoding: 'utf8' })).toBe(
        'function function function\n',
      );
    });

    test('gives its library on Node 24', () => {
      expect(process.version).toMatch(/^v24\./);
      expect(execFileSync(process.execPath, [join(modules, '../use.js')], { encoding: 'utf8' })).toBe(
        'function function function\n',
      );
    });
  });
});
