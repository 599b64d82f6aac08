import { string as stringArg } from '@oclif/core/args';
import type { Command as Oclif } from '@oclif/core/command';
import { Config, Plugin } from '@oclif/core/config';
import { boolean as booleanFlag, integer as integerFlag, string as stringFlag } from '@oclif/core/flags';
import { Help } from '@oclif/core/help';
import { parse } from '@oclif/core/parser';
import { VERSION } from '../util/version.ts';
import type { Command, Flag } from './command.ts';
import type { Context } from './context.ts';

/**
 * The one file that knows oclif. Its commands are generated from our table; it is loaded for help and for command lines
 * that do not fit, never for a command that runs.
 */
export interface HelpRequest {
  /** A command or a topic; empty means everything. */
  readonly words: readonly string[];
  readonly table: readonly Command[];
  readonly topics: Readonly<Record<string, string>>;
}

export async function printHelp({ words, table, topics }: HelpRequest, context: Context): Promise<void> {
  const config = await configOf(table, topics);
  const help = new PrintedHelp(config, {
    maxWidth: Math.min(context.columns, 120),
    stripAnsi: !context.color.stdout,
    hideCommandSummaryInDescription: true,
  });
  help.stdout = context.stdout;
  await help.showHelp([...words, '--help']);
}

/** What oclif's parser throws at this command line; undefined when it has nothing against it. */
export async function objection(command: Command, argv: readonly string[]): Promise<unknown> {
  const { args, flags } = generate(command);
  try {
    await parse([...argv], { args, flags, strict: true });
    return undefined;
  } catch (error) {
    return error;
  }
}

class PrintedHelp extends Help {
  stdout: NodeJS.WritableStream | undefined;

  protected override log(...lines: string[]): void {
    this.stdout?.write(`${lines.join('\n')}\n`);
  }
}

async function configOf(table: readonly Command[], topics: Readonly<Record<string, string>>): Promise<Config> {
  const root = import.meta.dirname;
  const pjson = {
    name: 'lockstep',
    version: VERSION,
    description: 'Runs YAML-defined tools and agents in step with the secrets they declare, and with no others.',
    oclif: {
      bin: 'lockstep',
      topicSeparator: ' ' as const,
      topics: Object.fromEntries(Object.entries(topics).map(([name, description]) => [name, { description }])),
    },
  };
  const plugin = new Plugin({ isRoot: true, ignoreManifest: true, root, pjson });
  await plugin.load();
  plugin.commands = table.map(loadable);
  const config = new Config({
    root,
    pjson,
    plugins: new Map([[plugin.name, plugin]]),
    userPlugins: false,
    devPlugins: false,
  });
  await config.load();
  return config;
}

/** What oclif would read from its own manifest. It never has to load the class behind it: it does not run commands here. */
function loadable(command: Command): Oclif.Loadable {
  return {
    id: command.name.replaceAll(' ', ':'),
    summary: verbatim(command.summary),
    description: verbatim(command.description),
    examples: command.examples.map((example) => ({
      command: verbatim(example.command),
      description: verbatim(example.does),
    })),
    ...generate(command),
    ...(command.rest !== undefined && { usage: `${command.name} ${usageOf(command)}` }),
    aliases: [],
    hiddenAliases: [],
    hidden: false,
    strict: true,
    load: () => Promise.reject(new Error('oclif does not run our commands')),
  };
}

function usageOf({ args, rest }: Command): string {
  const words = args.map(({ name, required }) => (required ? name.toUpperCase() : `[${name.toUpperCase()}]`));
  const tail =
    rest === undefined ? [] : [rest.required ? `-- ${rest.name.toUpperCase()}` : `[-- ${rest.name.toUpperCase()}]`];
  return [...words, '[FLAGS]', ...tail].join(' ');
}

function generate(command: Command): Pick<Oclif.Class, 'args' | 'flags'> {
  const args = command.args.map(({ name, description, ...argument }) => [
    name,
    // Without `ignoreStdin` oclif takes a missing argument from standard input.
    stringArg({
      name,
      description: verbatim(description),
      ignoreStdin: true,
      ...argument,
      multiple: argument.multiple ?? false,
    }),
  ]);
  const flags = Object.entries(command.flags).map(([name, flag]) => [name, generateFlag(name, flag)]);
  return { args: Object.fromEntries(args), flags: Object.fromEntries(flags) };
}

function generateFlag(name: string, flag: Flag): Oclif.Flag {
  const common = {
    name,
    description: verbatim(flag.description),
    // The type of `char` lists the letters one by one; a test holds the table to one letter.
    ...(flag.short !== undefined && { char: flag.short as 'C' }),
  };
  if (flag.type === 'boolean') return booleanFlag(common);
  // oclif's overloads tell these combinations apart by literals that a generated flag does not have.
  const make = (flag.type === 'integer' ? integerFlag : stringFlag) as (properties: object) => Oclif.Flag;
  return make({
    ...common,
    required: flag.required ?? false,
    ...(flag.value !== undefined && { helpValue: flag.value }),
    ...(flag.default !== undefined && { default: flag.default }),
    ...(flag.type === 'string' && flag.options !== undefined && { options: flag.options }),
    // Greedy, as it is by itself, it would swallow the arguments that follow.
    ...(flag.multiple && { multiple: true, multipleNonGreedy: true }),
  });
}

/** oclif renders every text as an EJS template. */
function verbatim(text: string): string {
  return text.replaceAll('<%', '<%%');
}
