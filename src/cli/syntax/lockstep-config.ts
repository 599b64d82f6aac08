import type { Command } from '@oclif/core/command';
import { Config, Plugin } from '@oclif/core/config';
import type { Logger, PJSON } from '@oclif/core/interfaces';
import { setLogger } from '@oclif/core/logger';
import { InternalError } from '../../errors.ts';
import type { Context } from '../context.ts';

/** oclif's view of the command line: the commands, not loaded yet, and the context that they run in. */
export class LockstepConfig extends Config {
  readonly context: Context;

  private constructor(context: Context, plugin: Plugin) {
    const { root, pjson } = plugin;
    const plugins = new Map([[plugin.name, plugin]]);
    super({ root, pjson, plugins, userPlugins: false, devPlugins: false, logger: SILENT });
    this.context = context;
  }

  /** Reads no folder and no package.json: the bundle contains the parts that oclif needs. */
  static async of(context: Context, pjson: PJSON, commands: readonly Command.Loadable[]): Promise<LockstepConfig> {
    setLogger({ root: import.meta.dirname, logger: SILENT });
    const plugin = new Plugin({ isRoot: true, ignoreManifest: true, root: import.meta.dirname, pjson });
    await plugin.load();
    plugin.commands = [...commands];
    const config = new LockstepConfig(context, plugin);
    await config.load();
    return config;
  }

  /** Replaces oclif's own, which looks for a theme in the user's configuration folder at every start. */
  override async loadTheme(): Promise<undefined> {}
}

/** With `DEBUG=*`, oclif would print every command line with its values. */
const SILENT: Logger = {
  namespace: 'lockstep',
  child: () => SILENT,
  ...{ debug: ignore, error: ignore, info: ignore, trace: ignore, warn: ignore },
};

function ignore(): void {}

export function asLockstepConfig(config: unknown): LockstepConfig {
  if (config instanceof LockstepConfig) return config;
  throw new InternalError('a command was started without its context');
}
