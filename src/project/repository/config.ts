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
import type { ParseCache } from './parse-cache.ts';
import { readSource } from './read-source.ts';

/** The ambient world as a project sees it; the CLI and library hand theirs in, and nothing below reads another. */
export type Ambient = Readonly<Record<string, string | undefined>>;

/** The one of this process, where the caller of the library gives no other. */
export function ambientWorld(): { readonly env: Ambient; readonly cwd: string } {
  return { env: process.env, cwd: process.cwd() };
}

/** What lockstep.yaml has `scan` pass over: the value of a secret, files, or that value in those files. */
export interface ScanIgnore {
  readonly secret?: string;
  /** A path or pattern from the root; of a folder, all that is in it. */
  readonly path?: string;
}

/** lockstep.yaml with its defaults filled in. */
export interface Config {
  readonly group?: string;
  /** Where `group` is written. */
  readonly groupAt?: Location;
  /** Processes of a run at one time. */
  readonly maxParallel?: number;
  readonly definitions: readonly string[];
  readonly rules: RuleSettings;
  /** How the `{{ }}` of tools are filled. */
  readonly templates: TemplateSettings;
  /** Variables of the caller's environment that tools may ask for. */
  readonly passEnv: ReadonlySet<string>;
  /** What sandboxed steps see beside, as it is written. */
  readonly sandbox: SandboxList;
  /** Paths of the machine's files -> what stands for them. */
  readonly machineFiles?: ReadonlyMap<string, MachineFile>;
  /** What `scan` passes over. */
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
    scanIgnores: listItems(field(field(root, 'scan'), 'ignore')).flatMap(scanIgnore),
    problems,
  };
}

/** Tool -> argument -> how it is taken. */
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

/** An entry that names neither would ignore everything, and an invalid one ignores nothing. */
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

/** For everything but `check`, which reports the problems themselves. */
export function requireSoundConfig(config: Config): void {
  const [first] = config.problems;
  if (first === undefined || !hasErrors(config.problems)) return;
  const where = first.at === undefined ? CONFIG_FILE : locationText(first.at);
  const hints = [...(first.hint === undefined ? [] : [first.hint]), 'lockstep check'];
  throw new LockstepError('project/config-invalid', `${where}: ${first.message}`, hints);
}

/** Where this machine keeps what is not in the repository. Absolute paths. */
export interface UserFolders {
  /** Trust, runs, audit. */
  readonly state: string;
  readonly cache: string;
  /** The identity that is used when none is named. */
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
 * Where locks are kept that hold between runs: with the account, whatever HOME says, so that jobs with a HOME of their own
 * share them. A state folder that LOCKSTEP_STATE_DIR names has its own.
 */
export function locksFolder(env: Ambient): string {
  const home = env.LOCKSTEP_STATE_DIR === undefined ? accountHome() : undefined;
  // Some accounts of services and containers have a home that is not there, or not theirs.
  const isUsable = home !== undefined && isWritable(home) && !belongsToOthers(home);
  return join(isUsable ? join(home, '.local/state/lockstep') : userFoldersOf(env).state, 'locks');
}

/** A first name for the one who makes a vault: the account's, in the form that member names have. */
export function accountName(env: Ambient): string {
  const account = (env.USER || systemAccount())
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 64);
  return account === '' ? 'me' : account;
}

/** The user who works here and, where sudo made them root, who called sudo. Undefined where files have no such owners. */
export function ownAccounts({ SUDO_UID }: Ambient): readonly number[] | undefined {
  const account = process.getuid?.();
  if (account === undefined) return undefined;
  return account === 0 && /^\d+$/.test(SUDO_UID ?? '') ? [account, Number(SUDO_UID)] : [account];
}

/** As the user database says, whatever HOME says; undefined for an account that it does not know. */
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

/** The XDG specification has relative paths ignored. */
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
