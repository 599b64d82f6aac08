import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { shellQuoted } from '../../../text/shell-word.ts';
import type { StepScratch } from '../../workspace/scratch.ts';
import { shellCommand } from '../../workspace/shell.ts';
import type { Command, Executor } from '../executor.ts';
import { bind, commonOptions, HANDED, WORK } from './container-options.ts';
import { type ContainerRuntime, containerName, removeContainer } from './container-runtime.ts';
import { READY_MS, Readiness, waitScript } from './readiness.ts';
import type { JoinedServices } from './services.ts';

export interface ContainerOptions {
  readonly image: string;
  /** The repository: absolute, symlinks resolved. */
  readonly root: string;
  /** The files of the repository that the step sees, relative to the root. */
  readonly files: readonly string[];
  /** Further files of the host in the container, by the path that the step sees. */
  readonly mounts: ReadonlyMap<string, string>;
  /** Links in the home folder of the image's user: `~/path` -> target. */
  readonly homeLinks?: ReadonlyMap<string, string>;
  /** Storage that outlives the run, by the path that the step sees. */
  readonly volumes: ReadonlyMap<string, string>;
  readonly network: 'none' | 'open';
  /** Empty: the entry point of the shell. */
  readonly entrypoint: readonly string[];
  /** In the engine's notation: `512m`, `1.5`. */
  readonly memory?: string;
  readonly cpus?: string;
  readonly pull: 'missing' | 'always' | 'never';
  /** The container whose network it shares, instead of one of its own. */
  readonly services?: JoinedServices;
}

/**
 * Keeps TERM from the engine's command line: docker's would end at once and leave the step running. The engine passes
 * the signal to the step instead. (A background process of a shell has no standard input unless it comes on another
 * descriptor.)
 */
const FRONT = `engine=$1 name=$2
shift 2
exec 3<&0
setsid --wait "$engine" run --name "$name" "$@" <&3 3<&- &
child=$!
told=1
trap 'told=1; "$engine" kill --signal TERM "$name" > /dev/null 2>&1' TERM
while [ "$told" = 1 ]; do told=0; wait "$child"; code=$?; done
exit "$code"
`;

/**
 * The first process of the container. Variables come from a file in memory, because an engine keeps those of its
 * command line in its database. The kernel ignores TERM for a first process without a handler, so this one forwards it.
 */
const START = `. ${HANDED}/variables
exec 3<&0
"$@" <&3 3<&- &
child=$!
told=1
trap 'told=1; kill -TERM "$child" 2> /dev/null' TERM INT HUP
while [ "$told" = 1 ]; do told=0; wait "$child"; code=$?; done
exit "$code"
`;

/** Runs the step in its own container, which sees its inputs and the tool's listed files, and is removed with it. */
export function containerExecutor(
  runtime: ContainerRuntime,
  options: ContainerOptions,
  scratch: StepScratch,
  readyMs = READY_MS,
): Executor {
  const name = containerName();
  let readiness: Readiness | undefined;
  let fault: string | undefined;
  return {
    resolve: (shell) => interpreterOf(shell, options),
    inside: (path) => insidePath(path, scratch.path, options.root),
    command(work) {
      scratch.write('variables', Buffer.from(exportsOf(work.env)), 0o400);
      const { services } = options;
      readiness = services && new Readiness(services, scratch, readyMs);
      scratch.write(
        'start',
        Buffer.from(`${linkScript(options)}${services ? waitScript(services) : ''}${START}`),
        0o400,
      );
      openToAll(scratch.path);
      return containerCommand({ runtime, name, scratch, options }, work);
    },
    /**
     * The container may outlive the command line that was cancelled. It is not left to `--rm`: with that docker's command
     * line reports 0 for every exit code when podman (4.3) serves it.
     */
    end: () => {
      fault = readiness?.end();
      return removeContainer(runtime, name);
    },
    notBegun: () => fault,
  };
}

interface NamedContainer {
  readonly runtime: ContainerRuntime;
  readonly name: string;
  readonly scratch: StepScratch;
  readonly options: ContainerOptions;
}

function containerCommand({ runtime, name, scratch, options }: NamedContainer, work: Command): Command {
  const { image, root, files, mounts, volumes, network, memory, cpus, pull, services } = options;
  const flags = [
    ...[...commonOptions(runtime), '--pull', pull],
    ...(services?.options ?? ['--network', network === 'none' ? 'none' : 'bridge']),
    ...(memory === undefined ? [] : ['--memory', memory]),
    ...(cpus === undefined ? [] : ['--cpus', cpus]),
    ...bind(scratch.path, HANDED, 'rw'),
    ...files.flatMap((file) => bind(join(root, file), `${WORK}/${file}`, 'ro')),
    ...[...mounts].flatMap(([target, source]) => bind(source, target, 'ro')),
    ...[...volumes].flatMap(([target, volume]) => ['--mount', `type=volume,source=${volume},target=${target}`]),
    ...['--workdir', work.cwd],
    ...(work.stdin === undefined ? [] : ['--interactive']),
    ...['--entrypoint', '/bin/sh'],
  ];
  return {
    file: '/bin/sh',
    args: ['-c', FRONT, 'lockstep', runtime.file, name, ...flags, image, `${HANDED}/start`, work.file, ...work.args],
    cwd: '/',
    env: runtime.env,
    ...(work.stdin !== undefined && { stdin: work.stdin }),
  };
}

/** Runs before the step's variables are read, while HOME is still what the engine found in the image. */
function linkScript({ homeLinks = new Map() }: ContainerOptions): string {
  return [...homeLinks]
    .map(([path, target]) => {
      const inHome = `"\${HOME:-/root}"/${shellQuoted(path.slice(2))}`;
      return `mkdir -p "$(dirname ${inHome})" && ln -sfn ${shellQuoted(target)} ${inHome} || exit 125\n`;
    })
    .join('');
}

/** Lockstep cannot look into an image, so it takes the first choice. */
function interpreterOf(shell: string, { entrypoint }: ContainerOptions) {
  const own = shellCommand(shell).candidates[0] ?? [];
  const [file = 'sh', ...rest] = entrypoint.length > 0 ? [...entrypoint, '{0}'] : own;
  return { file, args: (path: string) => rest.map((word) => word.replaceAll('{0}', () => path)) };
}

function insidePath(path: string, scratch: string, root: string): string {
  const ofScratch = relative(scratch, path);
  if (!ofScratch.startsWith('..')) return join(HANDED, ofScratch);
  return join(WORK, relative(root, path)).split(sep).join('/');
}

/** An image may run as another user. On the host, the parent folder remains private to its owner. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const mode = statSync(path).mode & 0o700;
    chmodSync(path, mode | (mode >> 3) | (mode >> 6));
  }
}

/** Variables for a shell to read: between single quotes, only the quote itself has a meaning. */
function exportsOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}=${shellQuoted(value)}\n`)
    .join('');
}
