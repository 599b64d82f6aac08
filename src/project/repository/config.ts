import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { MachineFile, SandboxList, TemplateSettings } from '../../definition/model/tool-settings.ts';
import { isWords } from '../../definition/reading/read-argument.ts';
import { type RuleSettings, readRuleSettings } from '../../definition/reading/rule-settings.ts';
import { LockstepError } from '../../errors.ts';
import { locationText } from '../../text/excerpt.ts';
import { field, listItems, mapEntries, textField, type YamlNode } from '../../text/node.ts';
import { hasErrors, type Location, type Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import { belongsToOthers, isWritable } from '../../util/other-users.ts';
import { type EngineSettings, engineSettings } from './engine-settings.ts';
import type { ParseCache } from './parse-cache.ts';
import { readSource } from './read-source.ts';

/**
 * The environment variables that a project sees; the CLI and the library pass theirs in, and no code below reads
 * others.
 */
export type Ambient = Readonly<Record<string, string | undefined>>;

/** The environment of this process, for callers of the library that pass none. */
export function ambientWorld(): { readonly env: Ambient; readonly cwd: string } {
  return { env: process.env, cwd: process.cwd() };
}

/** The variables of these names that are set. */
export function definedVariables(env: Ambient, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

/** What `scan` skips by lockstep.yaml: the value of a secret, files, or that value in those files. */
export interface ScanIgnore {
  readonly secret?: string;
  /** A path or pattern from the root; a folder means all files in it. */
  readonly path?: string;
}

/** lockstep.yaml with its defaults filled in. */
export interface Config {
  readonly group?: string;
  /** The place of `group` in the file. */
  readonly groupAt?: Location;
  /** How many processes of a run may run at the same time. */
  readonly maxParallel?: number;
  readonly definitions: readonly string[];
  readonly rules: RuleSettings;
  /** How the `{{ }}` of tools are filled. */
  readonly templates: TemplateSettings;
  /** Variables of the caller's environment that tools may ask for. */
  readonly passEnv: ReadonlySet<string>;
  /** The additional paths and ports that sandboxed steps see, as they are written. */
  readonly sandbox: SandboxList;
  /** Paths that tools name -> the machine's file, or the secret, that each stands for. */
  readonly machineFiles?: ReadonlyMap<string, MachineFile>;
  /** Where runs live, unless `--engine` says otherwise. */
  readonly engine: EngineSettings;
  /** The values and files that `scan` skips. */
  readonly scanIgnores: readonly ScanIgnore[];
  readonly problems: readonly Problem[];
}

export const CONFIG_FILE = 'lockstep.yaml';
export const DEFAULT_DEFINITIONS = ['tools', 'agents', 'workflows'];

export async function readConfig(root: string, cache: ParseCache): Promise<Config> {
  const source = readSource(root, CONFIG_FILE);
  if (source === null) return settings(undefined, []);
  if ('code' in source) return settings(undefined, [source]);
  const known = cache.get(source, 'settings');
  if (known !== undefined) return settings(known[0], [], source);
  const { parseSettings } = await import('./parse-settings.ts');
  const { document, problems } = parseSettings(source);
  if (problems.length === 0) cache.put(source, 'settings', document === undefined ? [] : [document.root]);
  return settings(document?.root, problems, source);
}

function settings(root: YamlNode | undefined, problems: readonly Problem[], source?: SourceFile): Config {
  const group = textField(root, 'group');
  const groupRange = field(root, 'group')?.range;
  const maxParallel = textField(root, 'maxParallel');
  const texts = (key: string) =>
    listItems(field(root, key)).flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  const written = texts('definitions');
  return {
    ...(group !== undefined && { group }),
    ...(source && groupRange && { groupAt: { source, range: groupRange } }),
    ...(maxParallel !== undefined && { maxParallel: Number(maxParallel) }),
    definitions: written.length > 0 ? written : DEFAULT_DEFINITIONS,
    rules: readRuleSettings(field(root, 'rules')),
    templates: { raw: new Set(texts('rawTemplates')), words: readWords(field(root, 'templateWords')) },
    passEnv: new Set(texts('passEnv')),
    sandbox: sandboxList(field(root, 'sandbox')),
    ...machineFiles(field(root, 'machineFiles')),
    engine: engineSettings(field(root, 'engine')),
    scanIgnores: listItems(field(field(root, 'scan'), 'ignore')).flatMap(scanIgnore),
    problems,
  };
}

/** Tool -> argument -> how it is split into words. */
function readWords(node: YamlNode | undefined): TemplateSettings['words'] {
  return new Map(
    mapEntries(node).map(([tool, { value }]) => {
      const args = mapEntries(value).map(([name]) => [name, textField(value, name)] as const);
      return [
        tool,
        new Map(args.flatMap(([name, words]) => (isWords(words) ? [[name, words] as const] : []))),
      ] as const;
    }),
  );
}

function machineFiles(node: YamlNode | undefined): Pick<Config, 'machineFiles'> {
  const files = mapEntries(node).map(([path, { value }]): readonly [string, MachineFile] => {
    const file = textField(value, 'file');
    if (file === undefined) return [path, { secret: textField(value, 'secret') ?? '' }];
    const tools = listItems(field(value, 'tools')).flatMap((one) => (one.kind === 'scalar' ? [one.text] : []));
    return [path, { file, tools }];
  });
  return files.length === 0 ? {} : { machineFiles: new Map(files) };
}

/** An entry with neither `path` nor `secret` would ignore everything; an invalid entry ignores nothing. */
function scanIgnore(node: YamlNode): ScanIgnore[] {
  const [secret, path] = [textField(node, 'secret'), textField(node, 'path')];
  if (secret === undefined && path === undefined) return [];
  return [{ ...(secret !== undefined && { secret }), ...(path !== undefined && { path }) }];
}

function sandboxList(node: YamlNode | undefined): SandboxList {
  const scalars = (key: string) =>
    listItems(field(node, key)).flatMap((item) => (item.kind === 'scalar' ? [item] : []));
  return { bind: scalars('bind').map(({ text }) => text), ports: scalars('ports').map(({ text }) => Number(text)) };
}

/** For all commands but `check`, which reports the problems itself. */
export function requireSoundConfig(config: Config): void {
  const [first] = config.problems;
  if (first === undefined || !hasErrors(config.problems)) return;
  const where = first.at === undefined ? CONFIG_FILE : locationText(first.at);
  const hints = [...(first.hint === undefined ? [] : [first.hint]), 'lockstep check'];
  throw new LockstepError('project/config-invalid', `${where}: ${first.message}`, hints);
}

/** Where this machine keeps files that are not in the repository. Absolute paths. */
export interface UserFolders {
  /** Trust, runs, audit. */
  readonly state: string;
  readonly cache: string;
  /** The default identity file. */
  readonly identityFile: string;
}

export function userFoldersOf(env: Ambient): UserFolders {
  const home = absolute(env.HOME) ?? requireAccountHome();
  const folder = (variable: string, fallback: string) =>
    join(absolute(env[variable]) ?? join(home, fallback), 'lockstep');
  return {
    state: absolute(env.LOCKSTEP_STATE_DIR) ?? folder('XDG_STATE_HOME', '.local/state'),
    cache: folder('XDG_CACHE_HOME', '.cache'),
    identityFile: join(folder('XDG_CONFIG_HOME', '.config'), 'identity.txt'),
  };
}

/**
 * The folder for locks that hold between runs. It belongs to the account, whatever HOME is, so that jobs with different
 * HOMEs share their locks. A state folder that LOCKSTEP_STATE_DIR names has its own.
 */
export function locksFolder(env: Ambient): string {
  const home = env.LOCKSTEP_STATE_DIR === undefined ? accountHome() : undefined;
  // Some accounts of services and containers have a home that does not exist or belongs to another user.
  const isUsable = home !== undefined && isWritable(home) && !belongsToOthers(home);
  return join(isUsable ? join(home, '.local/state/lockstep') : userFoldersOf(env).state, 'locks');
}

/** A name for the member who creates a vault: the account's name, in the form of member names. */
export function accountName(env: Ambient): string {
  const account = (env.USER || systemAccount())
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64);
  return account === '' ? 'me' : account;
}

/**
 * The current user and, where sudo made them root, the user who called sudo. Undefined where files have no such owners.
 */
export function ownAccounts({ SUDO_UID }: Ambient): readonly number[] | undefined {
  const account = process.getuid?.();
  if (account === undefined) return undefined;
  return account === 0 && /^\d+$/.test(SUDO_UID ?? '') ? [account, Number(SUDO_UID)] : [account];
}

/** The home in the user database, whatever HOME is; undefined for an account that the database does not know. */
export function accountHome(): string | undefined {
  try {
    return userInfo().homedir;
  } catch {
    return undefined;
  }
}

function requireAccountHome(): string {
  const home = accountHome();
  if (home !== undefined) return home;
  throw new LockstepError('state/unusable', 'HOME is not an absolute path, and this account has no home folder', [
    'HOME=/absolute/path lockstep ...',
  ]);
}

/** The XDG specification requires that relative paths are ignored. */
function absolute(path: string | undefined): string | undefined {
  return path?.startsWith('/') ? path : undefined;
}

function systemAccount(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
