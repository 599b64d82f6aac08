import { arch } from 'node:os';
import { dirname } from 'node:path';
import { type Plan, plannedRuns } from '../../plan/plan.ts';
import { runChild } from '../../process/child.ts';
import type { SandboxSettings } from '../../run/executors/sandbox/base.ts';
import { type OpenNetwork, openNetwork } from '../../run/executors/sandbox/network.ts';
import { findBubblewrap } from '../../run/executors/sandbox/sandbox.ts';
import { seccompFilter } from '../../run/executors/sandbox/seccomp.ts';
import { machineEnvironment } from '../../run/workspace/environment.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';
import type { Repository } from './prepare.ts';
import { expanded, homesOf } from './sandbox-list.ts';

/** Null where bubblewrap is not installed. Never uses a bubblewrap from a folder of the repository. */
export async function sandboxSettings(repository: Repository, env: Ambient): Promise<SandboxSettings | null> {
  const { root, snapshot, vault } = repository;
  const file = findBubblewrap(machineEnvironment(env, root).PATH ?? '');
  if (file === null) return null;
  const { state, cache, identityFile } = userFoldersOf(env);
  const homes = homesOf(env);
  const { bind, ports } = snapshot.config.sandbox;
  return {
    bubblewrap: { file, canDisableUserns: await isAtLeast08(file) },
    home: homes[0] ?? '/home/step',
    hidden: [...vault.identityPlaces, dirname(identityFile), state, cache, ...homes],
    binds: bind.map((path) => expanded(path, homes)),
    ports,
  };
}

/** What sandboxed steps see on this machine, besides programs and their own folder. */
export interface SandboxReport {
  /**
   * Paths shown read-only: the repository, or `files` where the group is pinned, and the paths that lockstep.yaml
   * binds.
   */
  readonly sees: readonly string[];
  /** The effect of `network: open` on this machine. */
  readonly openNetwork: OpenNetwork;
  /** Which of the sandbox's promises do not hold here, one sentence each. */
  readonly exceptions: readonly string[];
}

/** Null where no step of the plan runs in a sandbox, or where no sandbox is available, which preflight reports. */
export async function describeSandbox(repository: Repository, env: Ambient, plan: Plan): Promise<SandboxReport | null> {
  const steps = plannedRuns(plan.root).filter(({ executor }) => executor === 'sandbox');
  const settings = steps.length === 0 ? null : await sandboxSettings(repository, env);
  if (settings === null) return null;
  const open = openNetwork();
  return {
    sees: [plan.pinned ? 'the listed files' : 'the repository', ...repository.snapshot.config.sandbox.bind],
    openNetwork: open,
    exceptions: [
      ...(open === 'host' && steps.some(({ network }) => network === 'open')
        ? ["pasta is not installed: an open network is the host's, with its loopback and its abstract sockets"]
        : []),
      ...(seccompFilter(arch()) === null ? [`there is no filter of system calls for ${arch()}`] : []),
      ...(settings.bubblewrap.canDisableUserns
        ? []
        : ['bubblewrap is older than 0.8: it does not keep a step from making user namespaces']),
    ],
  };
}

/** Since version 0.8 bubblewrap can keep a step from making user namespaces. */
async function isAtLeast08(file: string): Promise<boolean> {
  let said = '';
  await runChild({
    ...{ file, args: ['--version'], cwd: '/', env: {}, timeoutMs: 10_000, graceMs: 0 },
    onOutput: (_, chunk) => {
      said += Buffer.from(chunk).toString();
    },
  });
  const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(said) ?? [];
  return Number(major) > 0 || Number(minor) >= 8;
}
