import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Grid } from './grid.ts';
import { FORMS, type Form, leaks, SECRETS } from './masking-forms.ts';
import { installPeers, platformPackage, QUIET } from './peers.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');
const PRINT = join(import.meta.dirname, 'print-form.ts');
const DOTENVX = '@dotenvx/dotenvx';
const VARLOCK = 'varlock';
const MISE = '@jdxcode/mise';
const VERSIONS = { [DOTENVX]: '2.38.2', [VARLOCK]: '1.20.0', [MISE]: '2026.9.15' } as const;

type Env = Readonly<Record<string, string>>;

/** Something that runs a program with secrets and masks what it prints. */
interface Masker {
  readonly name: string;
  readonly argv: (form: string) => readonly [string, ...string[]];
}

/**
 * Which forms of a secret can still be read in what a program printed: in a pipe, as in CI, where the peers mask at all. Each
 * cell is one process that printed the secret. A leak is eight of its characters in a row.
 */
export function measureMaskingPeers(): Grid {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const env = { ...QUIET, PATH: process.env.PATH ?? '', HOME: folder, MISE_TRUSTED_CONFIG_PATHS: folder };
    const maskers = maskersIn(folder, env);
    const rows = Object.entries(FORMS).map(([name, form]) => {
      checkJudge(folder, name, form, env);
      return { name, cells: maskers.map((masker) => cellOf(masker, folder, name, form, env)) };
    });
    return { title: 'what masking finds', columns: maskers.map(({ name }) => name), rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What nobody has masked must be told as a leak. */
function checkJudge(folder: string, name: string, form: Form, env: Env): void {
  const nobody: Masker = { name: 'nothing', argv: (form) => [process.execPath, PRINT, form] };
  if (cellOf(nobody, folder, name, form, { ...env, ...SECRETS }) !== 'leak')
    throw new Error(`"${name}" does not show the secret`);
}

function cellOf(masker: Masker, folder: string, name: string, form: Form, env: Env): 'leak' | 'masked' {
  const [program, ...args] = masker.argv(name);
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' });
  const output = `${stdout}${stderr}`;
  if (status !== 0 || !/^.*before$/m.test(stdout) || !/^.*after$/m.test(stdout))
    throw new Error(`${masker.name}, "${name}": ended with ${status}\n${output}`);
  return leaks(form, output) ? 'leak' : 'masked';
}

function maskersIn(folder: string, env: Env): readonly Masker[] {
  const { [DOTENVX]: dotenvx, [VARLOCK]: varlock, [MISE]: mise } = VERSIONS;
  const packages = [`${DOTENVX}@${dotenvx}`, `${VARLOCK}@${varlock}`, `${platformPackage(MISE)}@${mise}`];
  const modules = installPeers(folder, packages);
  const dotenv = join(modules, '@dotenvx/dotenvx/src/cli/dotenvx.js');
  writeSettings(folder, env);
  const print = [process.execPath, PRINT] as const;
  return [
    { name: 'lockstep', argv: (form) => [process.execPath, LOCKSTEP, 'run', 'print', '--arg', `form=${form}`] },
    {
      name: `dotenvx ${dotenvx}`,
      argv: (form) => [process.execPath, dotenv, 'run', '--redact', '--', ...print, form],
    },
    {
      name: `varlock ${varlock}`,
      argv: (form) => [process.execPath, join(modules, 'varlock/bin/cli.js'), 'run', '--', ...print, form],
    },
    { name: `mise ${mise}`, argv: (form) => [join(modules, platformPackage(MISE), 'bin/mise'), 'run', 'print', form] },
  ];
}

/** Each in its own way: the two secrets, that they are some, and where mise and we want one, the task that prints them. */
function writeSettings(folder: string, env: Env): void {
  const names = ['TOKEN', 'KEY'] as const;
  const write = (file: string, lines: readonly string[]) => writeFileSync(join(folder, file), `${lines.join('\n')}\n`);
  write('.env', [`TOKEN=\`${SECRETS.TOKEN}\``, `KEY=${JSON.stringify(SECRETS.KEY)}`]);
  write('.env.schema', ['# @defaultSensitive=true', '# ---', ...names.map((name) => `# @sensitive\n${name}=`)]);
  const redacted = names.map((name) => `${name} = {value = ${JSON.stringify(SECRETS[name])}, redact = true}`);
  write('mise.toml', ['[env]', ...redacted, '[tasks.print]', `run = "'${process.execPath}' '${PRINT}'"`]);
  mkdirSync(join(folder, 'tools'));
  const run = `exec '${process.execPath}' '${PRINT}' "$INPUT_FORM"`;
  write('tools/print.yaml', [
    ...['kind: tool', 'name: print', 'args: {form: {type: string}}', 'secrets: [TOKEN, KEY]'],
    `steps: [{shell: sh, run: ${JSON.stringify(run)}}]`,
  ]);
  const lockstep = (args: readonly string[], input = '') =>
    execFileSync(process.execPath, [LOCKSTEP, ...args], { cwd: folder, env, input });
  lockstep(['init', '--member', 'bench']);
  for (const name of names) lockstep(['secret', 'set', name], SECRETS[name]);
}
