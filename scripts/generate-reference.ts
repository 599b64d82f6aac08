/**
 * Makes the reference pages: docs/cli.md from the commands, docs/tool-keys.md from schemas/tool.schema.json. A test compares
 * them. `node scripts/generate-reference.ts` writes them; the commands have to be built.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '@oclif/core/command';
import { COMMANDS } from '../src/cli/generated/commands.js';

const root = join(import.meta.dirname, '..');

/** Page -> text. */
export function referencePages(): Readonly<Record<string, string>> {
  return { 'docs/cli.md': cliPage(), 'docs/tool-keys.md': keysPage() };
}

function cliPage(): string {
  const commands = [...COMMANDS].filter(({ hidden }) => hidden !== true).sort((a, b) => (a.id < b.id ? -1 : 1));
  const head = `# Commands

Generated from the commands by \`scripts/generate-reference.ts\`. \`lockstep COMMAND --help\` prints the same. Each command takes \`-C DIR\`, which works in the
repository at DIR. Exit codes are in [running.md](running.md).
`;
  return [head, ...commands.map(commandText)].join('\n');
}

function commandText({ id, summary, description, args, flags, examples = [], aliases }: Command.Loadable): string {
  const names = Object.values(args).map(({ name, required }) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  );
  const call = ['lockstep', ...id.split(':'), ...names].join(' ');
  const rows = [
    ...Object.values(args).map((arg) => [arg.name.toUpperCase(), arg.description ?? '']),
    ...Object.values(flags)
      .filter(({ name, hidden }) => name !== 'directory' && hidden !== true)
      .map((flag) => [flagText(flag), flag.description ?? '']),
  ];
  const also =
    aliases.length > 0
      ? [`Also: ${aliases.map((alias) => `\`lockstep ${alias.replaceAll(':', ' ')}\``).join(', ')}.\n`]
      : [];
  return [
    `## ${id.split(':').join(' ')}\n`,
    `\`${call}\`: ${summary}.${description === undefined ? '' : ` ${description}`}\n`,
    ...also,
    ...(rows.length > 0 ? [table(['option', 'meaning'], rows)] : []),
    ...(examples.length > 0 ? [`\`\`\`text\n${examples.flatMap(exampleText).join('\n')}\n\`\`\`\n`] : []),
  ].join('\n');
}

function flagText(flag: Command.Flag.Cached): string {
  const value = flag.type === 'option' ? ` ${flag.helpValue ?? 'VALUE'}` : '';
  const short = flag.char === undefined ? '' : `-${flag.char}, `;
  return `\`${short}--${flag.name}${value}\``;
}

function exampleText(example: Command.Example): readonly string[] {
  if (typeof example === 'string') return [example];
  return [`${example.command}${example.description === undefined ? '' : `  # ${example.description}`}`];
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

function keysPage(): string {
  const schema: Schema = JSON.parse(readFileSync(join(root, 'schemas/tool.schema.json'), 'utf8'));
  const part = (title: string, one: Schema | undefined) =>
    `## ${title}\n\n${one?.description ?? ''}\n\n${keysTable(one ?? {}, schema)}`;
  const head = `# Keys of a tool

Generated from \`schemas/tool.schema.json\` by \`scripts/generate-reference.ts\`. [tools.md](tools.md) explains them.
`;
  const defs = schema.$defs ?? {};
  return [head, part('Tool', schema), part('Step', defs.step), part('Argument', defs.argument)].join('\n');
}

function keysTable(schema: Schema, whole: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([key, written]) => {
    const one: Schema = { ...resolved(written, whole), ...written };
    const example = one.examples?.[0] === undefined ? '' : ` Example: \`${JSON.stringify(one.examples[0])}\`.`;
    const fallback = one.default === undefined ? '' : ` Default: \`${JSON.stringify(one.default)}\`.`;
    const needed = schema.required?.includes(key) ? ' Required.' : '';
    return [`\`${key}\``, typeOf(one, whole), `${one.description ?? ''}${needed}${fallback}${example}`];
  });
  return table(['key', 'type', 'meaning'], rows);
}

function resolved({ $ref }: Schema, whole: Schema): Schema {
  return ($ref !== undefined && whole.$defs?.[$ref.replace('#/$defs/', '')]) || {};
}

function typeOf(written: Schema, whole: Schema): string {
  const one: Schema = { ...resolved(written, whole), ...written };
  if (one.const !== undefined) return JSON.stringify(one.const);
  if (one.enum !== undefined) return one.enum.map((value) => JSON.stringify(value)).join(' or ');
  const several = one.oneOf ?? one.anyOf;
  if (several !== undefined) return [...new Set(several.map((each) => typeOf(each, whole)))].join(' or ');
  const item = one.items === undefined ? '' : ` of ${typeOf(one.items, whole)}`;
  return `${[one.type ?? 'any'].flat().join(' or ')}${item}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

if (import.meta.main)
  for (const [page, text] of Object.entries(referencePages())) writeFileSync(join(root, page), text);
