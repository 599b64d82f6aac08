import { chmodSync, realpathSync, writeFileSync } from 'node:fs';
import type { Tool } from '../../definition/model/tool.ts';
import { LockstepError, systemReason } from '../../errors.ts';
import { type HeldFolder, holdFolder, splitPath } from '../../util/beneath.ts';
import type { Scratch } from './scratch.ts';

/** A file that a tool lists, as it was when its digest was taken. */
export interface SealedFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly executable: boolean;
}

/** What one step sees of the repository. */
export interface Workspace {
  /** The folder that holds the working directories: absolute, symlinks resolved. */
  readonly root: string;
  /** Whether it holds the listed files and nothing else. */
  readonly sealed: boolean;
  /** What the tool lists, from the root: all that a container gets. */
  readonly files: readonly string[];
  /** The name of a volume of the tool's containers, for the engine. */
  volume(name: string): string;
  /** Called when the step has ended. */
  dispose(): void;
}

/** Gives each attempt of a step its workspace. @param id of the step, for people who look */
export type WorkspaceOf = (tool: Tool, id: string) => Workspace;

export interface OpenFiles {
  readonly pathsOf: (tool: Tool) => readonly string[];
}

/** The repository as it is. */
export function openWorkspace(root: string, { pathsOf }: OpenFiles): WorkspaceOf {
  return (tool) => ({
    ...{ root, sealed: false, volume: (name: string) => `lockstep-${name}`, dispose: () => undefined },
    get files() {
      return pathsOf(tool);
    },
  });
}

export interface Seal {
  /** The folder in which the copies are made. */
  readonly folder: string;
  readonly files: (tool: Tool) => readonly SealedFile[];
  readonly digest: (tool: Tool) => string | undefined;
}

/**
 * In a pinned group the digest covers all that a step gets. So each attempt works in its own copy of the files that the
 * digest covers: it has no later change of the repository, no other file of it and nothing that another step wrote. Volumes
 * are named by digest for the same reason.
 */
export function sealedWorkspace({ files, digest }: Omit<Seal, 'folder'>, scratch: Scratch): WorkspaceOf {
  return (tool, id) => {
    const copy = scratch.step(id);
    // Containers may run as another user; the folder above is for its owner alone.
    chmodSync(copy.path, 0o755);
    const listed = files(tool);
    for (const file of listed) writeSealed(copy.path, file);
    return {
      root: realpathSync(copy.path),
      sealed: true,
      files: listed.map(({ path }) => path),
      // A name that begins like this is not one that an open workspace gives.
      volume: (name) => `lockstep.pinned-${digest(tool)}-${name}`,
      dispose: () => copy.dispose(),
    };
  };
}

/** Puts a file into a copy. Its path never leads out of the copy. */
export function writeSealed(root: string, { path, bytes, executable }: SealedFile): void {
  let held: HeldFolder | undefined;
  try {
    const { folder, name } = splitPath(path);
    held = holdFolder(root, folder, true);
    writeFileSync(`${held.path}/${name}`, bytes, { flag: 'wx' });
    chmodSync(`${held.path}/${name}`, executable ? 0o755 : 0o644);
  } catch (error) {
    throw new LockstepError(
      'state/unusable',
      `${root}/${path} cannot be made (${systemReason(error)})`,
      ['make room on that file system, or make its folder writable'],
      error,
    );
  } finally {
    held?.close();
  }
}
