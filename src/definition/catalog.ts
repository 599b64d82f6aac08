import type { Document } from '../text/document.ts';
import { hasErrors, type Problem } from '../text/problem.ts';
import type { SourceFile } from '../text/source.ts';
import { readAgent } from './read-agent.ts';
import { readTool } from './read-tool.ts';
import type { Words } from './scripts/template.ts';
import type { Agent, Tool } from './tool.ts';

/** Everything that the definition files say, each document by itself. The rules (rules/index.ts) speak about the whole. */
export interface Catalog {
  /** The first of each name; later ones are in `duplicates`. */
  readonly tools: ReadonlyMap<string, Tool>;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly duplicates: readonly { readonly first: Tool | Agent; readonly again: Tool | Agent }[];
  /** Of syntax and schema, and of expressions by themselves. */
  readonly problems: readonly Problem[];
  /** Tools and agents whose shape the schema refused: rules keep quiet where they would only repeat that. */
  readonly misshapen: ReadonlySet<Tool | Agent>;
  /** Files of which some document is neither: what it was to be called may be missed elsewhere. */
  readonly unread: readonly SourceFile[];
  /** How many files were read. */
  readonly files: number;
}

/** One document of a file, held against its schema. */
export interface ParsedDocument {
  readonly document: Document;
  /** Absent where it is neither. */
  readonly kind?: 'tool' | 'agent';
  readonly faults: readonly Problem[];
}

/** A file as parse-file.ts read it, or as the cache remembers a sound one. */
export interface ParsedFile {
  readonly source: SourceFile;
  readonly documents: readonly ParsedDocument[];
  /** Of syntax. */
  readonly problems: readonly Problem[];
}

/** What lockstep.yaml says of the `{{ }}` of tools. */
export interface TemplateSettings {
  /** Names of tools whose scripts are filled with any value as it is. */
  readonly raw: ReadonlySet<string>;
  /** Tool -> argument -> how it is taken where it stands without quotes. */
  readonly words: ReadonlyMap<string, ReadonlyMap<string, Words>>;
}

const NO_SETTINGS: TemplateSettings = { raw: new Set(), words: new Map() };

export function buildCatalog(files: readonly ParsedFile[], templates: TemplateSettings = NO_SETTINGS): Catalog {
  const tools = new Map<string, Tool>();
  const agents = new Map<string, Agent>();
  const duplicates: { first: Tool | Agent; again: Tool | Agent }[] = [];
  const misshapen = new Set<Tool | Agent>();
  const problems: Problem[] = [];
  const unread = new Set<SourceFile>();
  for (const file of files) {
    problems.push(...file.problems);
    if (hasErrors(file.problems)) unread.add(file.source);
    for (const { document, kind, faults } of file.documents) {
      const definition =
        kind === undefined
          ? undefined
          : kind === 'tool'
            ? withTemplateSettings(readTool(document, problems), templates)
            : readAgent(document);
      problems.push(...faults);
      if (definition === undefined) unread.add(file.source);
      if (definition === undefined) continue;
      if (hasErrors(faults)) misshapen.add(definition);
      const first = definition.kind === 'tool' ? tools.get(definition.name) : agents.get(definition.name);
      if (first !== undefined) duplicates.push({ first, again: definition });
      else if (definition.kind === 'tool') tools.set(definition.name, definition);
      else agents.set(definition.name, definition);
    }
  }
  return { tools, agents, duplicates, problems, misshapen, unread: [...unread], files: files.length };
}

/** What is set there counts into the digest: a grant to the form of the definition alone is not one to this form. */
function withTemplateSettings(tool: Tool | undefined, { raw, words }: TemplateSettings): Tool | undefined {
  if (tool === undefined) return undefined;
  const isRaw = raw.has(tool.name);
  const own = words.get(tool.name);
  if (!isRaw && own === undefined) return tool;
  const args = [...tool.args].map(
    ([name, arg]) => [name, { ...arg, ...(own?.has(name) && { words: own.get(name) }) }] as const,
  );
  const steps = tool.steps.map((step) =>
    isRaw && step.does === 'run' && step.template !== undefined
      ? { ...step, template: { ...step.template, raw: true } }
      : step,
  );
  const written = {
    definition: tool.written,
    ...(isRaw && { rawTemplates: true }),
    ...(own !== undefined && { templateWords: Object.fromEntries([...own].sort()) }),
  };
  return { ...tool, args: new Map(args), steps, written };
}
