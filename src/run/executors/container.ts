import { randomBytes } from 'node:crypto';
import { join, relative, sep } from 'node:path';
import { runChild } from '../../process/child.ts';
import type { StepScratch } from '../scratch.ts';
import { shellCommand } from '../shell.ts';
import type { Command, Executor, Work } from './executor.ts';

/** A container engine that this machine has. */
export interface Engine {
  readonly kind: 'podman' | 'docker';
  /** Absolute path of its command line. */
  readonly file: string;
  /** The environment of that command line: where its service, its images and its settings are. Nothing of the step's. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ContainerPlace {
  readonly image: string;
  /** The repository: absolute, symlinks resolved. */
  readonly root: string;
  /** What the step sees of the repository, relative to the root. */
  readonly files: readonly string[];
  readonly network: 'none' | 'open';
  readonly entrypoint?: readonly string[];
  /** As the engine takes them: `512m`, `1.5`. */
  readonly memory?: string;
  readonly cpus?: string;
  readonly pull: 'missing' | 'always' | 'never';
  /** Marks the container as this process's, for the sweep of a later run: run-id.ts, process-stamp.ts. */
  readonly label: string;
}

/** Where the step finds what it was handed, and what it sees of the repository. */
const HANDED = '/run/lockstep';
const WORK = '/work';

/** What package managers and servers need to start as root, and nothing that reaches out of the container. */
const CAPABILITIES = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID', 'KILL', 'NET_BIND_SERVICE'];

/**
 * Stands between us and the engine's command line, which is not to hear of a TERM: docker's would end at once and leave the
 * step running. The step itself is told instead, through the engine.
 */
const FRONT = `engine=$1 name=$2
shift 2
setsid --wait "$engine" run --name "$name" "$@" <&0 &
child=$!
told=1
trap 'told=1; "$engine" kill --signal TERM "$name" > /dev/null 2>&1' TERM
while [ "$told" = 1 ]; do told=0; wait "$child"; code=$?; done
exit "$code"
`;

/**
 * The first process of the container. Variables come from a file in memory, for an engine keeps those of its command line in
 * its database; a first process is deaf to TERM unless it listens, so this one passes it on.
 */
const START = `. ${HANDED}/variables
"$@" <&0 &
child=$!
told=1
trap 'told=1; kill -TERM "$child" 2> /dev/null' TERM INT HUP
while [ "$told" = 1 ]; do told=0; wait "$child"; code=$?; done
exit "$code"
`;

/** In a container of its own, which sees what the step was handed and the files that its tool lists, and is removed with it. */
export function containerExecutor(engine: Engine, place: ContainerPlace): Executor {
  const name = `lockstep-${randomBytes(8).toString('hex')}`;
  let scratchPath = '';
  return {
    resolve: (shell) => interpreterOf(shell, place),
    inside: (path) => insidePath(path, scratchPath, place.root),
    command(work, scratch) {
      scratchPath = scratch.path;
      scratch.write('variables', Buffer.from(exportsOf(work.env)), 0o400);
      scratch.write('start', Buffer.from(START), 0o400);
      return engineCommand(engine, name, work, scratch, place);
    },
    /**
     * The container may outlive the command line that was cancelled. It is not left to `--rm`: with that docker's command
     * line reports 0 for every exit code when podman (4.3) serves it.
     */
    async end() {
      const args = ['rm', '--force', ...(engine.kind === 'podman' ? ['--time', '0', '--ignore'] : []), name];
      await runChild({ file: engine.file, args, cwd: '/', env: engine.env, graceMs: 0, onOutput: () => undefined });
    },
  };
}

function engineCommand(
  engine: Engine,
  name: string,
  work: Work,
  scratch: StepScratch,
  { image, root, files, network, memory, cpus, pull, label }: ContainerPlace,
): Command {
  const options = [
    ...['--label', `lockstep=${label}`, '--log-driver', 'none', '--pull', pull],
    ...['--network', network === 'none' ? 'none' : 'bridge'],
    ...['--cap-drop', 'ALL', ...CAPABILITIES.flatMap((one) => ['--cap-add', one])],
    ...['--security-opt', 'no-new-privileges', '--pids-limit', '4096'],
    ...(memory === undefined ? [] : ['--memory', memory]),
    ...(cpus === undefined ? [] : ['--cpus', cpus]),
    ...(engine.kind === 'podman' ? ['--http-proxy=false'] : []),
    ...['--mount', `type=bind,source=${scratch.path},target=${HANDED}`],
    ...files.flatMap((file) => ['--mount', `type=bind,source=${join(root, file)},target=${WORK}/${file},readonly`]),
    ...['--workdir', work.cwd],
    ...(work.stdin === undefined ? [] : ['--interactive']),
    ...['--entrypoint', '/bin/sh'],
  ];
  return {
    file: '/bin/sh',
    args: ['-c', FRONT, 'lockstep', engine.file, name, ...options, image, `${HANDED}/start`, work.file, ...work.args],
    cwd: '/',
    env: engine.env,
    ...(work.stdin !== undefined && { stdin: work.stdin }),
  };
}

/** There is no looking into an image: the first choice is taken, and in place of bash, which few images have, sh. */
function interpreterOf(shell: string, { entrypoint }: ContainerPlace) {
  const script = (words: readonly string[], path: string) => words.map((word) => word.replaceAll('{0}', () => path));
  const words =
    entrypoint !== undefined
      ? [...entrypoint, '{0}']
      : (shellCommand(shell === 'bash' ? 'sh' : shell).candidates[0] ?? []);
  const [file = 'sh', ...rest] = words;
  return { file, args: (path: string) => script(rest, path) };
}

function insidePath(path: string, scratch: string, root: string): string {
  const ofScratch = relative(scratch, path);
  if (scratch !== '' && !ofScratch.startsWith('..')) return join(HANDED, ofScratch);
  const ofRoot = relative(root, path);
  return ofRoot.startsWith('..') ? path : join(WORK, ofRoot).split(sep).join('/');
}

/** For a shell to read: nothing in a value has a meaning between single quotes but the quote itself. */
function exportsOf(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join('');
}
