import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why this machine cannot mount a small disk; empty when it can. */
export function smallDiskObstacle(): string {
  if (process.getuid?.() !== 0) return 'only root can mount a file system to fill';
  const probe = mkdtempSync(join(tmpdir(), 'lockstep-mount-'));
  try {
    mountSmallDisk(probe, 64)();
    return '';
  } catch {
    return 'this machine does not let root mount a tmpfs';
  } finally {
    rmSync(probe, { recursive: true, force: true });
  }
}

/** Mounts an empty disk of so many KiB; call what it returns to take it away. */
export function mountSmallDisk(folder: string, kibibytes: number): () => void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
  return () => execFileSync('umount', [folder]);
}
