import { execFileSync } from 'node:child_process';
import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from '../rig/page-script.ts';
import type { Repository } from '../rig/repository.ts';
import { repositoryOfTools } from './tools.ts';

const ROOT = join(import.meta.dirname, '../..');
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const PLUGINS = globSync('src/plugins/*.ts', { cwd: ROOT }).map((file) => basename(file, '.ts'));
const PEERS: readonly string[] = Object.keys(PACKAGE.peerDependencies ?? {});

/** A program of a user: each subpath, by the name that a user imports. */
const PROGRAM = `
import { openProject } from 'lockstep';
import { runToolStep, ToolRefused, type ToolStepResult } from 'lockstep/tool-step';
${PLUGINS.map((name) => `import '${`lockstep/${name}`}';`).join('\n')}

const project = await openProject();
const result: ToolStepResult = await runToolStep(project, { tool: 'show' }, { idempotencyKey: 'job-1' });
console.log(result.outputs.key);
// @ts-expect-error a step has a key
const refused = await runToolStep(project, { tool: 'show', args: { nothing: 1 } }, {}).catch((error: unknown) => error);
console.log(refused instanceof ToolRefused);
`;

let folder: string;
let repository: Repository;
beforeAll(async () => {
  repository = await repositoryOfTools();
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-user-')));
  link('lockstep', ROOT);
  for (const name of [...PEERS, '@types/node']) link(name, join(ROOT, 'node_modules', name));
  writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}');
  writeFileSync(join(folder, 'program.ts'), PROGRAM);
  const [shown] = blocksOf(readFileSync(join(ROOT, 'docs/plugins.md'), 'utf8'));
  writeFileSync(join(folder, 'shown.ts'), shown?.text ?? 'broken');
});
afterAll(() => {
  repository[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

function link(name: string, target: string): void {
  const place = join(folder, 'node_modules', name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(target, place);
}

describe('the subpaths of the package', () => {
  test('are the plugins, each built and declared', () => {
    const paths = Object.keys(PACKAGE.exports).filter((path) =>
      JSON.stringify(PACKAGE.exports[path]).includes('/plugins/'),
    );
    expect(paths.sort()).toEqual(PLUGINS.map((name) => `./${name}`).sort());
    for (const name of PLUGINS)
      expect(PACKAGE.exports[`./${name}`]).toEqual({
        types: `./dist/types/plugins/${name}.d.ts`,
        default: `./dist/plugins/${name}.js`,
      });
  });

  test('hold no copy of the library or of an engine', () => {
    for (const file of globSync('dist/plugins/*.js', { cwd: ROOT }))
      expect(readFileSync(join(ROOT, file)).length, file).toBeLessThan(10_000);
  });

  test('of engines have optional peers, which are tested in the version that stands here', () => {
    const optional = PEERS.filter((name) => PACKAGE.peerDependenciesMeta[name]?.optional === true);
    expect(optional).toEqual(PEERS);
    for (const name of PEERS) expect(PACKAGE.peerDependencies[name]).toBe(`^${PACKAGE.devDependencies[name]}`);
  });

  test("type-check in a user's program and in docs/plugins.md", { timeout: 60_000 }, () => {
    const options = { module: 'nodenext', target: 'es2024', strict: true, noEmit: true, types: ['node'] };
    // The engines' own declarations are not for us to check.
    const compilerOptions = { ...options, skipLibCheck: true };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['program.ts', 'shown.ts'] }),
    );
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    expect(execFileSync(tsc, ['-p', folder], { encoding: 'utf8' })).toBe('');
  });

  test("run in a user's program", async () => {
    const { code, stdout, stderr } = await repository.node([join(folder, 'program.ts')]);
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'job-1/say\ntrue\n', stderr: '' });
  });
});
