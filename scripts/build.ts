/** Makes dist/: the bundle that bin/lockstep.js and the package's exports load, and the declarations of the library. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');

/**
 * What is loaded together stands in one file: loading a file costs about as much as what is in it. `start` finds the
 * command; `work` is what it takes to read a repository, plan and run where all files are known; the rest is loaded when it
 * is used.
 */
function groups() {
  const start = staticClosure('src/bin.ts');
  const work = staticClosure('src/project/project.ts', 'src/cli/execute-tool.ts');
  return [
    { name: 'start', priority: 2, test: (id: string) => start.has(id) },
    { name: 'work', priority: 1, test: (id: string) => work.has(id) },
  ];
}

/** Files of ours and all of ours that they load with them: `import()` and `import type` are not followed. */
function staticClosure(...entries: string[]): ReadonlySet<string> {
  const files = new Set(entries.map((entry) => join(root, entry)));
  for (const file of files) {
    if (!file.endsWith('.ts')) continue;
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(
      /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gm,
    )) {
      files.add(join(dirname(file), path));
    }
  }
  return files;
}

/**
 * Importing a module of Node's own as an ES module makes a namespace of it and reads every export, which for `node:crypto`
 * alone loads WebCrypto and more: a tenth of a run's start. This asks for the same module without the namespace.
 */
const plainBuiltins = {
  name: 'plain-builtins',
  renderChunk(code: string): string {
    return code.replace(
      /\bimport\s*((?:[\w$]+\s*,?\s*)?(?:\{[^}]*\}|\*\s*as\s+[\w$]+)?)\s*from\s*["']((?:node:)?[\w/]+)["'];?/g,
      (whole, names: string, id: string) =>
        isBuiltin(id) ? bindings(names.trim(), id.replace(/^(?:node:)?/, 'node:')) : whole,
    );
  },
};

/** `globalThis`, because some packages import a `process` of their own. */
function bindings(names: string, id: string): string {
  const [, byDefault, space, list] = /^([\w$]+)?\s*,?\s*(?:\*\s*as\s+([\w$]+))?\s*(?:\{([^}]*)\})?$/.exec(names) ?? [];
  const module = `globalThis.process.getBuiltinModule(${JSON.stringify(id)})`;
  const named = list?.replace(/([\w$]+)\s+as\s+([\w$]+)/g, '$1:$2');
  return [byDefault, space, named === undefined ? undefined : `{${named}}`]
    .filter((one) => one !== undefined)
    .map((one) => `const ${one}=${module};`)
    .join('');
}

/** About a second. */
export async function bundle(): Promise<void> {
  await generateValidators();
  const inputs = ['bin', 'index'].filter((name) => existsSync(join(root, `src/${name}.ts`)));
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(inputs.map((name) => [name, `src/${name}.ts`])),
    platform: 'node',
    transform: { target: 'node22' },
    checks: { ineffectiveDynamicImport: false },
  });
  const { output } = await build.write({
    dir: join(root, 'dist'),
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    plugins: [plainBuiltins],
    // Names stay: stacks in bug reports and the `name` of errors are read by people.
    minify: { compress: { target: 'node22' }, mangle: { keepNames: true }, codegen: true },
    codeSplitting: { groups: groups() },
  });
  await build.close();
  removeOldChunks(new Set(output.map((one) => `dist/${one.fileName}`)));
}

/** Afterwards and not before: whoever runs `lockstep` meanwhile finds a whole dist/, old or new. */
function removeOldChunks(current: ReadonlySet<string>): void {
  for (const name of globSync('dist/*.js', { cwd: root })) {
    if (!current.has(name)) rmSync(join(root, name), { force: true });
  }
}

/**
 * Only where they are missing: they are committed, a test compares them with the schemas, and a build that silently made
 * them anew would hide the difference from it.
 */
async function generateValidators(): Promise<void> {
  if (existsSync(join(root, 'src/text/generated'))) return;
  const { writeGeneratedFiles } = await import('./generate-validators.ts');
  writeGeneratedFiles();
}

function declarations(): void {
  rmSync(join(root, 'dist/types'), { recursive: true, force: true });
  if (!existsSync(join(root, 'src/index.ts'))) return;
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
}

if (import.meta.main) {
  await bundle();
  declarations();
}
