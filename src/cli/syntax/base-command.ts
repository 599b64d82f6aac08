import { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';
import type { Input, LoadOptions, ParserOutput } from '@oclif/core/interfaces';
import { InternalError } from '../../errors.ts';
import type { Project } from '../../project/project.ts';
import type { RootSearch } from '../../project/repository/find-root.ts';
import type { Context } from '../context.ts';
import { openProject } from '../open.ts';
import { painter, say } from '../terminal/say.ts';
import { directoryFlag, refuseValuesOfToggles } from './flags.ts';
import { asLockstepConfig } from './lockstep-config.ts';

type Values = Record<string, unknown>;

/** The base of all commands. `run` returns the exit code; main.ts reports the errors that it throws. */
export abstract class BaseCommand extends Command {
  static override baseFlags = { directory: directoryFlag };
  /**
   * Whether the command stores or changes something (removal does not count). Such a command is never suggested for a
   * misspelt read.
   */
  static writes = false;

  protected readonly context: Context;

  constructor(argv: string[], config: Config) {
    super(argv, config);
    this.context = asLockstepConfig(config).context;
  }

  /** Replaces oclif's own, which would load the configuration a second time. */
  static override async run<T extends Command>(
    this: new (
      argv: string[],
      config: Config,
    ) => T,
    argv: string[] = [],
    config?: LoadOptions,
  ): Promise<ReturnType<T['run']>> {
    const command = new this(argv, asLockstepConfig(config));
    if (command instanceof BaseCommand) return command._run();
    throw new InternalError('a command does not extend BaseCommand');
  }

  abstract override run(): Promise<number>;

  /** @throws LockstepError `usage/invalid` where the words do not fit the command */
  protected override async parse<F extends Values, B extends Values, A extends Values>(
    options?: Input<F, B, A>,
    argv: string[] = this.argv,
  ): Promise<ParserOutput<F, B, A>> {
    try {
      refuseValuesOfToggles({ ...this.ctor.baseFlags, ...this.ctor.flags }, argv);
      return await super.parse(options, argv);
    } catch (error) {
      const { usageError } = await import('./usage-error.ts');
      throw usageError(error, this.ctor, argv);
    }
  }

  /** Replaces oclif's own, which prints deprecations: Lockstep has none. */
  protected override async init(): Promise<void> {}

  /** Replaces oclif's own, which prints errors: main.ts reports every error in one form. */
  protected override async catch(error: Error): Promise<never> {
    throw error;
  }

  /** The repository that the command works on. */
  protected project(flags: {
    readonly directory: string | undefined;
    readonly identity?: string | undefined;
    readonly engine?: 'local' | 'postgres' | undefined;
  }): Promise<Project> {
    return openProject(this.context, flags);
  }

  /** Where the search for the root begins, for commands that may start in an empty folder. */
  protected rootSearch({ directory }: { readonly directory: string | undefined }): RootSearch {
    const { cwd, env } = this.context;
    return { cwd, env, ...(directory !== undefined && { directory }) };
  }

  /** Prints `value` as the one document of `--json`, or the text for a person. */
  protected async print(
    { json }: { readonly json: boolean | undefined },
    value: object,
    text: string | (() => string | Promise<string>),
  ): Promise<void> {
    if (json) (await import('../render/json.ts')).printJson(this.context, value);
    else say(this.context.stdout, typeof text === 'string' ? text : await text());
  }

  override warn(message: Error | string): Error | string {
    say(this.context.stderr, `${painter(this.context.color.stderr)('yellow', 'warning:')} ${message}\n`);
    return message;
  }
}
