import type { Command } from '@oclif/core/command';
import { Config, Plugin } from '@oclif/core/config';
import type { PJSON } from '@oclif/core/interfaces';
import { InternalError } from '../errors.ts';
import type { Context } from './context.ts';

/** What oclif knows of the command line: the commands, none of them loaded, and the world that they run in. */
export class LockstepConfig extends Config {
  readonly context: Context;

  private constructor(context: Context, plugin: Plugin) {
    const { root, pjson } = plugin;
    super({ root, pjson, plugins: new Map([[plugin.name, plugin]]), userPlugins: false, devPlugins: false });
    this.context = context;
  }

  /** Reads no folder and no package.json: what oclif needs of them is part of the bundle. */
  static async of(context: Context, pjson: PJSON, commands: readonly Command.Loadable[]): Promise<LockstepConfig> {
    const plugin = new Plugin({ isRoot: true, ignoreManifest: true, root: import.meta.dirname, pjson });
    await plugin.load();
    plugin.commands = [...commands];
    const config = new LockstepConfig(context, plugin);
    await config.load();
    return config;
  }

  /** oclif would look for a theme in the user's configuration folder at every start. */
  override async loadTheme(): Promise<undefined> {}
}

export function asLockstepConfig(config: unknown): LockstepConfig {
  if (config instanceof LockstepConfig) return config;
  throw new InternalError('a command was started without its context');
}
