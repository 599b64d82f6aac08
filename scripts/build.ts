/**
 * Makes dist/: the chunks that bin/lockstep.js and the package's exports load, and the declarations of the library. They are
 * CommonJS, because only such code can be loaded from V8's code cache after it ran (bin/lockstep.js). With `--if-stale` only
 * where a source is newer.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type CodeSplittingGroup, rolldown } from 'rolldown';
import { generateCommands } from './generate-commands.ts';
import { leanPackages } from './lean-packages.ts';

const root = join(import.meta.dirname, '..');

/**
 * What is loaded together stands in one file: loading a file costs about as much as what is in it. `start` finds the
 * command; `read` reads a repository where all files are known; `work` plans and runs; the rest is loaded when it is used.
 */
function groups() {
  const start = staticClosure(
    'src/bin.ts',
    'src/cli/syntax/base-command.ts',
    'src/cli/syntax/shared-flags.ts',
    'src/util/version.ts',
  );
  const read = staticClosure('src/project/serving/live-project.ts', 'src/definition/model/input-schema.ts');
  const mcp = staticClosure('src/mcp/stdio.ts');
  const work = staticClosure(
    'src/project/runs/start-run.ts',
    'src/cli/runs/execute-tool.ts',
    'src/cli/commands/run.ts',
  );
  return [
    { name: 'start', priority: 3, test: (id: string) => start.has(id) },
    { name: 'read', priority: 2, test: (id: string) => read.has(id) },
    { name: 'mcp', priority: 1, test: (id: string) => mcp.has(id) },
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

async function bundle(): Promise<void> {
  await generateValidators();
  await generateCommands();
  const input = { bin: 'src/bin.ts', index: 'src/index.ts' };
  const output = await writeBundle(input, join(root, 'dist'), groups());
  for (const one of output) if (one.fileName === 'index.cjs' && one.type === 'chunk') writeLibrary(one.exports);
  removeOldChunks(new Set(output.map((one) => `dist/${one.fileName}`)));
}

/** The page: one script for browsers, its style and its frame, in dist/console/. */
async function buildConsole(): Promise<void> {
  const folder = join(root, 'dist/console');
  const page = await rolldown({
    cwd: root,
    input: { app: 'src/console/app.tsx' },
    platform: 'browser',
    tsconfig: join(root, 'src/console/tsconfig.json'),
    transform: { target: 'es2022' },
  });
  await page.write({ dir: folder, format: 'esm', entryFileNames: '[name].js', minify: true });
  await page.close();
  for (const name of ['index.html', 'icon.svg']) copyFileSync(join(root, 'src/console', name), join(folder, name));
  const styles = ['style.css', ...globSync('{parts,pages}/**/*.css', { cwd: join(root, 'src/console') }).sort()];
  const text = styles.map((name) => readFileSync(join(root, 'src/console', name), 'utf8')).join('');
  writeFileSync(join(folder, 'style.css'), shortened(text));
}

/** Without comments and layout; no text of ours in a style has braces or several spaces. */
function shortened(style: string): string {
  const plain = style.replaceAll(/\/\*.*?\*\//gs, '').replaceAll(/\s+/g, ' ');
  return plain.replaceAll(/ ?([{};,]) ?/g, '$1').replaceAll(';}', '}');
}

/** @param input names the files by what they become */
export async function writeBundle(
  input: Readonly<Record<string, string>>,
  dir: string,
  chunks: CodeSplittingGroup[] = [],
) {
  const build = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    // Loaded from their packages by the few commands that use a database: they read files beside their own.
    external: [/^@dbos-inc\//, 'pg'],
    transform: { target: 'node22' },
    checks: { ineffectiveDynamicImport: false },
    plugins: leanPackages,
    // Its CommonJS form loads its parts by names that a bundler does not see.
    resolve: { alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' } },
  });
  const { output } = await build.write({
    dir,
    format: 'cjs',
    strict: true,
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    // Node lets code that was compiled apart import nothing.
    dynamicImportInCjs: false,
    // Half the memory of a text, and no decoding: V8 keeps plain ASCII at one byte a character.
    charset: 'ascii',
    // Names stay: stacks in bug reports and the `name` of errors are read by people.
    minify: {
      compress: { target: 'node22', keepNames: { function: true, class: true } },
      mangle: { keepNames: true },
      codegen: true,
    },
    codeSplitting: { groups: chunks },
  });
  await build.close();
  return output;
}

/** The door of the library, as an ES module. */
function writeLibrary(names: readonly string[]): void {
  const text = `import library from './index.cjs';\nexport const { ${names.join(', ')} } = library;\n`;
  writeFileSync(join(root, 'dist/index.js'), text);
}

/** Afterwards and not before: whoever runs `lockstep` meanwhile finds a whole dist/, old or new. */
function removeOldChunks(current: ReadonlySet<string>): void {
  for (const name of globSync('dist/*.{js,cjs}', { cwd: root })) {
    if (!current.has(name) && name !== 'dist/index.js') rmSync(join(root, name), { force: true });
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
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
}

/** Whether dist/ is missing, or older than something that it is made of. */
function isStale(): boolean {
  const sources = globSync(
    [
      'src/**/*.{ts,tsx,js,css,html,svg}',
      'schemas/*.json',
      'scripts/{build,generate-commands,late-schemas,lean-packages}.ts',
      'package{,-lock}.json',
    ],
    {
      cwd: root,
    },
  );
  const oldest = Math.min(...['dist/bin.cjs', 'dist/types/index.d.ts'].map(changed));
  return Math.max(...sources.map(changed)) > oldest;
}

function changed(file: string): number {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * Each plugin as an ES module. Packages stay outside: a plugin and the program around it share one copy of the engine's
 * client, and one of this library.
 */
async function buildPlugins(): Promise<void> {
  const files = globSync('src/plugins/*.ts', { cwd: root }).sort();
  const plugins = await rolldown({
    cwd: root,
    input: Object.fromEntries(files.map((file) => [basename(file, '.ts'), file])),
    platform: 'node',
    external: /^[^./]/,
    transform: { target: 'node22' },
  });
  await plugins.write({ dir: join(root, 'dist/plugins'), format: 'esm', chunkFileNames: '[name].js', cleanDir: true });
  await plugins.close();
}

async function build(): Promise<void> {
  await bundle();
  await buildPlugins();
  await buildConsole();
  declarations();
}

export async function buildIfStale(): Promise<void> {
  if (isStale()) await build();
}

if (import.meta.main) await (process.argv.includes('--if-stale') ? buildIfStale() : build());
