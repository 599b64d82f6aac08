import { NOT_A_SECRET } from '../../definition/rules/advice/written-credentials.ts';
import { LockstepError } from '../../errors.ts';
import { statBeneath } from '../../util/beneath.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import type { Vault } from '../../vault/vault.ts';
import { fileSource, type ScanSource, stagedSources, workTreeSources } from '../git/scan-sources.ts';
import type { Project } from '../project.ts';
import { type Ambient, requireSoundConfig } from '../repository/config.ts';
import { isWithin, plannedPath } from '../repository/path-inside.ts';
import { withSecretsAudited } from '../vault/audited.ts';
import type { Shape } from './credential-shapes.ts';
import { FileLines } from './file-lines.ts';
import { type IgnoredFindings, ScanIgnores } from './scan-ignores.ts';
import { type SecretName, ValueFinder } from './value-finder.ts';

/** One credential in a file, without its text. */
export interface ScanFinding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** In characters, from 1. */
  readonly column: number;
  /** The secret with this value; absent where the text only looks like a credential. */
  readonly secret?: SecretName;
  /** The kind of credential that it looks like: `github: GITHUB_TOKEN`. */
  readonly shape?: string;
}

export interface ScanReport {
  readonly ok: boolean;
  readonly findings: readonly ScanFinding[];
  /** How many files were searched. */
  readonly files: number;
  /** Files that are too large or cannot be read. */
  readonly skipped: readonly string[];
  /** The findings that comments and lockstep.yaml ignore. */
  readonly ignored: readonly IgnoredFindings[];
  /** How many values of the vault were searched for. */
  readonly values: number;
  /** Why not all values were searched for: no identity, no trust. */
  readonly notes: readonly string[];
}

export interface ScanOptions {
  /** Relative to `cwd`; files and folders. Absent or empty: the whole repository. */
  readonly paths?: readonly string[];
  readonly cwd?: string;
  /** Scan the staged content instead of the work tree. */
  readonly staged?: boolean;
}

/** Further findings are not kept. */
const MOST_FINDINGS = 10_000;

/** Searches for values of the vault that the identity can open, and for texts with the shape of a credential. */
export async function scan(project: Project, env: Ambient, options: ScanOptions = {}): Promise<ScanReport> {
  const { config } = project.snapshot;
  requireSoundConfig(config);
  const ignores = new ScanIgnores(config.scanIgnores);
  const sources = await chooseSources(project.root, env, options);
  const opened = await openAll(project);
  try {
    const finder = new ValueFinder(opened.secrets);
    const findings: ScanFinding[] = [];
    const skipped: string[] = [];
    const notes = new Set(opened.notes);
    let files = 0;
    for (const source of sources) {
      if (findings.length >= MOST_FINDINGS) break;
      const bytes = await source.read();
      if (bytes === null) {
        skipped.push(source.path);
        continue;
      }
      files += 1;
      const found = await scanBytes(source.path, bytes, { finder, ignores, notes });
      findings.push(...found.slice(0, MOST_FINDINGS - findings.length));
    }
    if (findings.length >= MOST_FINDINGS) notes.add(`the scan ended after ${MOST_FINDINGS} findings`);
    const values = opened.secrets.length;
    const { ignored } = ignores;
    return { ok: findings.length === 0, findings, ignored, files, skipped, values, notes: [...notes] };
  } finally {
    for (const { value } of opened.secrets) value.dispose();
  }
}

async function chooseSources(root: string, env: Ambient, options: ScanOptions): Promise<readonly ScanSource[]> {
  const { paths = [], cwd = root, staged = false } = options;
  const wanted = paths.map((path) => plannedPath(root, path, cwd, 'lockstep -C DIR scan'));
  const isFile = (path: string) => path !== '' && statBeneath(root, path)?.isFile() === true;
  if (!staged && wanted.length > 0 && wanted.every(isFile)) return wanted.map((path) => fileSource(root, path));
  const all = await (staged ? stagedSources(root, env) : workTreeSources(root, env));
  return wanted.length === 0 ? all : all.filter(({ path }) => isWithin(path, wanted));
}

type Opened = SecretName & { readonly value: SecretValue };

/** Every value that this identity can open here and now; the reason why others stay closed is a note, not an error. */
async function openAll(project: Project): Promise<{ secrets: readonly Opened[]; notes: readonly string[] }> {
  const secrets: Opened[] = [];
  const notes = new Set<string>();
  const vault = await orNote(notes, () => project.vault.open());
  for (const group of vault?.groups.keys() ?? []) {
    await orNote(notes, async () => secrets.push(...(await openGroup(project, vault as Vault, group))));
  }
  return { secrets, notes: [...notes] };
}

async function openGroup(project: Project, vault: Vault, group: string): Promise<readonly Opened[]> {
  const { identity } = await project.vault.identity();
  const member = vault.memberOf(identity) ?? '';
  if (vault.groups.get(group)?.readers.includes(member) === false && member !== '') return [];
  const { entries } = await vault.entries(group);
  if (entries.length === 0) return [];
  const { opened } = await withSecretsAudited(project, vault, { action: 'scan' }, async () => {
    const opened: Opened[] = [];
    for (const entry of entries) opened.push({ group, name: entry.name, value: await vault.unseal(entry, identity) });
    return { entries, opened };
  });
  return opened;
}

async function orNote<T>(notes: Set<string>, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LockstepError)) throw error;
    notes.add(`values of the vault were not looked for: ${error.message}`);
    return undefined;
  }
}

interface ScanTools {
  readonly finder: ValueFinder;
  readonly ignores: ScanIgnores;
  readonly notes: Set<string>;
}

async function scanBytes(file: string, bytes: Buffer, { finder, ignores, notes }: ScanTools) {
  const lines = new FileLines(bytes);
  const found = new Map<string, ScanFinding>();
  const passed = new Set<string>();
  const add = (at: number, what: Pick<ScanFinding, 'secret' | 'shape'>) => {
    const line = lines.lineOf(at);
    const key = `${line} ${what.secret?.group ?? ''} ${what.secret?.name ?? what.shape}`;
    if (found.size === MOST_FINDINGS || found.has(key) || passed.has(key)) return;
    if (ignores.takes(file, what.secret?.name, lines.has(line, NOT_A_SECRET))) passed.add(key);
    else found.set(key, { file, line, column: lines.columnOf(at), ...what });
  };
  finder.find(bytes, (at, secret) => add(at, { secret }));
  const valueLines = new Set([...found.values()].map(({ line }) => line));
  if (!bytes.includes(0) && !file.startsWith('vault/')) {
    const { credentialShapes, MOST_SHAPES } = await import('./credential-shapes.ts');
    const text = bytes.toString('utf8');
    const shapes = await credentialShapes(file, text);
    for (const { at, shape } of inBytes(shapes, text)) if (!valueLines.has(lines.lineOf(at))) add(at, { shape });
    if (shapes.length >= MOST_SHAPES)
      notes.add(`${file}: what comes after ${MOST_SHAPES} places that look like credentials was not looked into`);
  }
  return [...found.values()].sort((one, other) => one.line - other.line || one.column - other.column);
}

/** The shapes with their places in bytes. */
function inBytes(shapes: readonly Shape[], text: string): readonly Shape[] {
  let [read, byte] = [0, 0];
  return shapes.map(({ at, shape }) => {
    byte += Buffer.byteLength(text.slice(read, at));
    read = at;
    return { at: byte, shape };
  });
}
