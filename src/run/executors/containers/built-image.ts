import { createHash } from 'node:crypto';
import type { Container } from '../../../definition/model/container.ts';
import { runChild } from '../../../process/child.ts';
import { withLock } from '../../../util/lock.ts';
import type { Scratch } from '../../workspace/scratch.ts';
import { bind, commonOptions, HANDED } from './container-options.ts';
import {
  askRuntime,
  type ContainerRuntime,
  callRuntime,
  containerName,
  hasImage,
  LABEL,
  removeContainer,
} from './container-runtime.ts';
import type { PrepareOptions } from './supply-image.ts';

export interface BuildOptions {
  readonly runtime: ContainerRuntime;
  readonly tool: string;
  /** The redactor of the run. */
  readonly scratch: Scratch;
  lockPath(name: string): string;
}

type BuildInstructions = Pick<Container, 'build' | 'dependencies'>;

/** The label by which `image prune --all --filter label=lockstep-built` finds built images; its value is the tool. */
const BUILT_LABEL = 'lockstep-built';

const SCRIPT = 'sh -e {handed}/script < /dev/null || exit\n'.replace('{handed}', HANDED);

/** pip of a Debian image refuses to install packages by default; this is safe because nothing else uses the image. */
const INSTALL = `export PIP_BREAK_SYSTEM_PACKAGES=1 PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
python=python3
command -v python3 > /dev/null 2>&1 || python=python
exec "$python" -m pip install --no-cache-dir -- "$@"
`;

export function wantsBuild({ build, dependencies }: BuildInstructions): boolean {
  return build !== undefined || dependencies.length > 0;
}

/**
 * The image that a build makes from another: built once, and kept under a name derived from all of its inputs. The
 * build has a network, because it sees no secret, argument or file; its start options do not become part of the image.
 * @param base an image on this machine
 */
export async function builtImage(
  base: string,
  recipe: BuildInstructions,
  options: BuildOptions,
  prepareOptions: PrepareOptions,
): Promise<string | { readonly fault: string }> {
  const { runtime } = options;
  const facts = await askRuntime(runtime, 'image', 'inspect', '--format', '{{.Id}} {{.Config.User}}', base);
  if (facts === null) return { fault: `the image ${base} is not on this machine` };
  const [id = '', user = ''] = facts.split(' ');
  const made = JSON.stringify([id.replace(/^sha256:/, ''), recipe.build ?? null, recipe.dependencies]);
  const hash = createHash('sha256').update(made).digest('hex');
  const name = `localhost/lockstep-built:${hash}`;
  if (await hasImage(runtime, name)) return name;
  try {
    // No `lock:` of a step contains a dot.
    return await withLock(
      options.lockPath(`built.${hash}`),
      { waitSeconds: Infinity, signal: prepareOptions.signal },
      () => make(name, { base: id, user, recipe }, options, prepareOptions),
    );
  } catch (error) {
    if (prepareOptions.signal.aborted) return { fault: 'the run stopped waiting for its image' };
    throw error;
  }
}

interface BuildRequest {
  readonly base: string;
  readonly user: string;
  readonly recipe: BuildInstructions;
}

async function make(
  name: string,
  { base, user, recipe }: BuildRequest,
  { runtime, tool, scratch }: BuildOptions,
  { signal, tell }: PrepareOptions,
): Promise<string | { readonly fault: string }> {
  if (await hasImage(runtime, name)) return name;
  const container = containerName();
  const folder = scratch.step('build');
  try {
    folder.write('script', Buffer.from(recipe.build ?? ''), 0o400);
    const script = `${SCRIPT}${recipe.dependencies.length > 0 ? INSTALL : ''}`;
    folder.write('build', Buffer.from(script), 0o400);
    const options = [
      ...['--name', container, ...commonOptions(runtime), '--pull', 'never', '--network', 'bridge', '--user', '0'],
      ...[...bind(folder.path, HANDED, 'ro'), '--entrypoint', '/bin/sh'],
    ];
    const created = await callRuntime(
      runtime,
      ['create', ...options, base, `${HANDED}/build`, ...recipe.dependencies],
      {
        onError: tell,
      },
    );
    if (created.code !== 0) return { fault: 'its image could not be built: there is no container for it' };
    const fault = await build(runtime, container, { signal, tell });
    if (fault !== null) return { fault };
    // With the owner's label, containers of this image would be swept. (podman takes one label at a time.)
    const labels = [`LABEL ${LABEL}=none`, `LABEL ${BUILT_LABEL}=${tool}`];
    const changes = [...labels, ...(user === '' ? [] : [`USER ${user}`])].flatMap((one) => ['--change', one]);
    const quiet = runtime.kind === 'podman' ? ['--quiet'] : [];
    const kept = await callRuntime(runtime, ['commit', ...quiet, ...changes, container, name], { onError: tell });
    return kept.code === 0 ? name : { fault: 'its image was built, and could not be kept' };
  } finally {
    await removeContainer(runtime, container);
    folder.dispose();
  }
}

async function build(
  runtime: ContainerRuntime,
  container: string,
  { signal, tell }: PrepareOptions,
): Promise<string | null> {
  const end = await runChild({
    file: runtime.file,
    args: ['start', '--attach', container],
    cwd: '/',
    env: runtime.env,
    graceMs: 0,
    signal,
    onOutput: (_, chunk) => tell(chunk),
  });
  if (end.kind === 'exit') return end.code === 0 ? null : `its image could not be built: exit code ${end.code}`;
  return 'the build of its image did not finish';
}
