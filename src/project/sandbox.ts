import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { arch } from 'node:os';
import { dirname, join } from 'node:path';
import type { SandboxList } from '../definition/tool-settings.ts';
import { type Plan, plannedRuns } from '../plan/plan.ts';
import { runChild } from '../process/child.ts';
import { machineEnvironment } from '../run/environment.ts';
import type { SandboxSettings } from '../run/executors/sandbox/base.ts';
import { isWithin } from '../run/executors/sandbox/hidden.ts';
import { type OpenNetwork, openNetwork } from '../run/executors/sandbox/network.ts';
import { findBubblewrap } from '../run/executors/sandbox/sandbox.ts';
import { seccompFilter } from '../run/executors/sandbox/seccomp.ts';
import { type Problem, problem } from '../text/problem.ts';
import { canonicalJson } from '../util/canonical-json.ts';
import { realPath } from '../util/real-path.ts';
import { accept, readAccepted } from './accepted.ts';
import { type Ambient, accountHome, placesOf } from './config.ts';
import type { Repository } from './prepare.ts';

/** Null where bubblewrap is not installed. Never the one that a folder of the repository offers. */
export async function sandboxSettings(repository: Repository, env: Ambient): Promise<SandboxSettings | null> {
  const { root, snapshot, vault } = repository;
  const file = findBubblewrap(machineEnvironment(env, root).PATH ?? '');
  if (file === null) return null;
  const { state, cache, identityFile } = placesOf(env);
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

/** What keeps a sandbox of this repository from being made: a bound path that is not there, or that nobody on this machine accepted. */
export function sandboxProblems({ root, snapshot }: Repository, env: Ambient, settings: SandboxSettings): Problem[] {
  const list = snapshot.config.sandbox;
  const say = (message: string, hint: string) => problem('run/executor', message, { hint });
  const homes = homesOf(env);
  const missing = settings.binds.filter((path) => statSync(path, { throwIfNoEntry: false }) === undefined);
  const personal = personalBinds(list, env);
  return [
    ...missing.map((path) =>
      say(`lockstep.yaml shows ${path} in sandboxes, and it does not exist`, 'remove it from `sandbox: bind:`'),
    ),
    ...(personal.length > 0 && !isTrusted(root, list, env)
      ? [
          say(
            `lockstep.yaml shows ${personal.join(', ')} in sandboxes: that lies in a home folder or is a socket, and this machine has not accepted the list`,
            'lockstep trust --sandbox',
          ),
        ]
      : []),
    ...(homes.some((home) => realPath(home) === root)
      ? [
          say(
            'the repository is the home folder, which a sandbox never shows',
            'move the repository into a folder of its own',
          ),
        ]
      : []),
  ];
}

/** What sandboxed steps see on this machine, beside programs and their own folder. */
export interface SandboxReport {
  /** Paths shown read-only: the repository, or `files` where the group is pinned, and what lockstep.yaml binds. */
  readonly sees: readonly string[];
  /** What `network: open` comes to here. */
  readonly openNetwork: OpenNetwork;
  /** Which of the sandbox's promises do not hold here, one sentence each. */
  readonly exceptions: readonly string[];
}

/** Null where no step of the plan runs in a sandbox, or there is none to be had: preflight says so. */
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

/** Entries of `sandbox: bind:` that count only where this machine's user accepted the list: whoever may push can write it. */
export function personalBinds({ bind }: SandboxList, env: Ambient): readonly string[] {
  const homes = homesOf(env);
  const personal = [...homes.map(realPath), '/home', '/root'];
  return bind.filter((path) => {
    const real = realPath(expanded(path, homes));
    const isSocket = statSync(real, { throwIfNoEntry: false })?.isSocket() === true;
    return isSocket || personal.some((home) => isWithin(real, home) || isWithin(home, real));
  });
}

/** Remembers on this machine that the list, as it is now, is accepted for this repository. */
export async function trustSandbox(root: string, list: SandboxList, env: Ambient): Promise<void> {
  await accept(trustFile(env), root, digestOf(list));
}

function isTrusted(root: string, list: SandboxList, env: Ambient): boolean {
  return readAccepted(trustFile(env))[root] === digestOf(list);
}

/** Root -> digest of the accepted list. */
function trustFile(env: Ambient): string {
  return join(placesOf(env).state, 'sandbox.json');
}

function digestOf(list: SandboxList): string {
  return createHash('sha256').update(canonicalJson(list)).digest('hex');
}

/** As HOME says, and as the user database does, whatever HOME says. */
function homesOf({ HOME }: Ambient): readonly string[] {
  const homes = [HOME ?? '', accountHome() ?? ''].filter((path) => path.startsWith('/') && path !== '/');
  return [...new Set(homes)];
}

function expanded(path: string, homes: readonly string[]): string {
  return path.startsWith('~/') ? join(homes.at(-1) ?? '/', path.slice(2)) : path;
}

/** From 0.8 on it can keep a step from making user namespaces. */
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
