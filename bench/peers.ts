import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What keeps a peer from calling home, or from fetching anything, while it is measured. */
export const QUIET: Readonly<Record<string, string>> = {
  DO_NOT_TRACK: '1',
  DOTENVX_NO_ARMOR: 'true',
  DOTENVX_NO_NATIVE: 'true',
  MISE_OFFLINE: '1',
  VARLOCK_TELEMETRY_DISABLED: '1',
};

/**
 * Installs pinned packages below a temporary folder, for a peer is no dependency of ours, and runs none of their install
 * scripts. Returns their node_modules.
 */
export function installPeers(folder: string, packages: readonly string[]): string {
  const place = join(folder, 'peers');
  mkdirSync(place);
  const flags = ['--no-audit', '--no-fund', '--silent', '--ignore-scripts'];
  execFileSync('npm', ['install', '--prefix', place, ...flags, ...packages], { stdio: 'inherit' });
  return join(place, 'node_modules');
}

/** The package that holds the program for this machine, where a peer ships one a platform. */
export function platformPackage(prefix: string): string {
  return `${prefix}-${process.platform}-${process.arch}`;
}
