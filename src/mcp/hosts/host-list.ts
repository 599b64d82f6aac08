import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { LockstepError } from '../../errors.ts';

/** Hosts of AI agents whose configuration we know. */
export const HOSTS = ['claude-code', 'claude-desktop', 'cursor', 'vscode', 'codex', 'gemini'] as const;
export type Host = (typeof HOSTS)[number];

export interface HostFile {
  /** Where it lies: in the repository, for everybody who works on it, or in the user's home. */
  readonly place: 'repository' | 'home';
  /** From the root of the repository, or absolute. */
  readonly path: string;
  readonly format: 'json' | 'toml';
  /** The key under which it lists servers. */
  readonly key: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const IN_REPOSITORY: Readonly<Record<Exclude<Host, 'claude-desktop' | 'codex'>, readonly [path: string, key: string]>> =
  {
    'claude-code': ['.mcp.json', 'mcpServers'],
    cursor: ['.cursor/mcp.json', 'mcpServers'],
    vscode: ['.vscode/mcp.json', 'servers'],
    gemini: ['.gemini/settings.json', 'mcpServers'],
  };

/** The file that a host reads. @throws LockstepError `usage/invalid` where the user has no home */
export function hostFile(host: Host, env: Environment): HostFile {
  if (host === 'codex') {
    const folder = absolute(env.CODEX_HOME) ?? join(homeOf(env), '.codex');
    return { place: 'home', path: join(folder, 'config.toml'), format: 'toml', key: 'mcp_servers' };
  }
  if (host === 'claude-desktop') {
    const path = join(desktopFolder(env), 'Claude', 'claude_desktop_config.json');
    return { place: 'home', path, format: 'json', key: 'mcpServers' };
  }
  const [path, key] = IN_REPOSITORY[host];
  return { place: 'repository', path, format: 'json', key };
}

/** Where programs with windows keep their settings: on Windows, on macOS, elsewhere. */
function desktopFolder(env: Environment): string {
  const windows = absolute(env.APPDATA);
  if (windows !== undefined) return windows;
  const mac = join(homeOf(env), 'Library/Application Support');
  return existsSync(mac) ? mac : (absolute(env.XDG_CONFIG_HOME) ?? join(homeOf(env), '.config'));
}

function homeOf({ HOME, USERPROFILE }: Environment): string {
  const home = absolute(HOME) ?? absolute(USERPROFILE);
  if (home !== undefined) return home;
  throw new LockstepError('usage/invalid', 'HOME names no folder, so the file of the host cannot be found', [
    'HOME=/home/you lockstep mcp install ...',
  ]);
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
