/**
 * Makes the reference pages: docs/cli.md from the commands, docs/tool-keys.md from the schemas. A test compares
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
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly default?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** A key that may be written, and the keys below it after a dot: `retry.limit`, `secrets[].name`. */
export interface Key {
  readonly name: string;
  readonly schema: Schema;
  readonly type: string;
  readonly isRequired: boolean;
}

function readSchema(kind: 'tool' | 'agent'): Schema {
  return JSON.parse(readFileSync(join(root, `schemas/${kind}.schema.json`), 'utf8'));
}

/** Section of the page -> its keys. */
export function keySections(): Readonly<Record<string, { readonly about: string; readonly keys: readonly Key[] }>> {
  const [tool, agent] = [readSchema('tool'), readSchema('agent')];
  const section = (part: Schema | undefined, whole: Schema) => ({
    about: part?.description ?? '',
    keys: keysOf(part ?? {}, whole, ''),
  });
  return {
    Tool: section(tool, tool),
    Step: section(tool.$defs?.step, tool),
    Argument: section(tool.$defs?.argument, tool),
    Agent: section(agent, agent),
  };
}

/** Steps and arguments have sections of their own. */
const APART = ['#/$defs/step', '#/$defs/argument'];

function keysOf(schema: Schema, whole: Schema, above: string): Key[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, written]) => {
    const one = resolved(written, whole);
    const name = `${above}${key}`;
    const isRequired = schema.required?.includes(key) ?? false;
    const below = [
      [one, '.'],
      [one.items, '[].'],
      [typeof one.additionalProperties === 'object' ? one.additionalProperties : undefined, '.NAME.'],
    ] as const;
    const nested = below.flatMap(([part, sign]) =>
      part === undefined || APART.includes(part.$ref ?? '') ? [] : keysOf(resolved(part, whole), whole, name + sign),
    );
    return [{ name, schema: one, type: typeOf(one, whole), isRequired }, ...nested];
  });
}

function keysPage(): string {
  const head = `# Keys of tools and agents

Generated from \`schemas/\` by \`scripts/generate-reference.ts\`. [tools.md](tools.md) and [agents.md](agents.md) explain them. \`a.b\` is the key \`b\` of the mapping \`a\`,
\`a[].b\` that of each item of the list \`a\`; NAME is a name of yours.
`;
  const sections = Object.entries(keySections()).map(
    ([title, { about, keys }]) =>
      `## ${title}\n\n${about}\n\n${table(['key', 'type', 'default', 'example', 'meaning'], keys.map(keyRow))}`,
  );
  return [head, ...sections].join('\n');
}

function keyRow({ name, schema, type, isRequired }: Key): string[] {
  const code = (value: unknown) => (value === undefined ? '' : `\`${JSON.stringify(value)}\``);
  const fallback = isRequired ? 'required' : code(schema.default);
  return [`\`${name}\``, type, fallback, code(schema.examples?.[0]), schema.description ?? ''];
}

function resolved(written: Schema, whole: Schema): Schema {
  const { $ref = '' } = written;
  return { ...whole.$defs?.[$ref.replace('#/$defs/', '')], ...written };
}

function typeOf({ const: only, enum: several, type = 'any', items }: Schema, whole: Schema): string {
  if (only !== undefined) return JSON.stringify(only);
  if (several !== undefined) return several.map((value) => JSON.stringify(value)).join(' or ');
  const item = items === undefined ? '' : ` of ${typeOf(resolved(items, whole), whole)}`;
  return `${[type].flat().join(' or ')}${item}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

if (import.meta.main)
  for (const [page, text] of Object.entries(referencePages())) writeFileSync(join(root, page), text);
