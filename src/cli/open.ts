import type { Project } from '../project/project.ts';
import type { ProjectOptions } from '../project/repository/project-options.ts';
import type { LiveProject } from '../project/serving/live-project.ts';
import type { Tokens } from '../project/serving/tokens.ts';
import type { Context } from './context.ts';
import { painter, say } from './terminal/say.ts';

interface OpeningFlags {
  readonly directory: string | undefined;
  readonly identity?: string | undefined;
  readonly engine?: 'local' | 'postgres' | undefined;
}

/** The options that every command with an identity passes down. */
export function accessOptions(context: Context, flags: OpeningFlags) {
  const warn = (message: string) =>
    say(context.stderr, `${painter(context.color.stderr)('yellow', 'warning:')} ${message}\n`);
  return {
    env: context.env,
    warn,
    ...(flags.identity !== undefined && { identityFile: flags.identity }),
    ...(context.terminal.stdin && {
      askPassphrase: (file: string) => context.ask(`Passphrase for ${file}: `, { hidden: true }),
    }),
  };
}

function projectOptions(context: Context, flags: OpeningFlags): ProjectOptions {
  return {
    ...accessOptions(context, flags),
    cwd: context.cwd,
    ...(flags.directory !== undefined && { directory: flags.directory }),
    ...(flags.engine !== undefined && { engine: flags.engine }),
  };
}

/** The repository that a command works on. */
export async function openProject(context: Context, flags: OpeningFlags): Promise<Project> {
  const { Project } = await import('../project/project.ts');
  return Project.open(projectOptions(context, flags));
}

/** The repository that a server holds, until the signal is aborted; not ready yet. */
export async function beginLive(context: Context, flags: OpeningFlags, signal: AbortSignal): Promise<LiveProject> {
  const { LiveProject } = await import('../project/serving/live-project.ts');
  return LiveProject.begin(projectOptions(context, flags), signal);
}

/** The access tokens for the servers of a repository. */
export async function openTokens({ env }: Context, { root, now }: Project): Promise<Tokens> {
  const [{ Tokens }, { userFoldersOf }] = await Promise.all([
    import('../project/serving/tokens.ts'),
    import('../project/repository/config.ts'),
  ]);
  return new Tokens(userFoldersOf(env).state, root, now);
}
