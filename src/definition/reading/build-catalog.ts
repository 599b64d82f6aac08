import type { Document } from '../../text/document.ts';
import { hasErrors, type Problem } from '../../text/problem.ts';
import type { SourceFile } from '../../text/source.ts';
import type { Catalog } from '../model/catalog.ts';
import type { Agent, Tool } from '../model/tool.ts';
import { NO_SETTINGS, type RepositorySettings } from '../model/tool-settings.ts';
import { withSettings } from './apply-settings.ts';
import { readAgent } from './read-agent.ts';
import { readTool } from './read-tool.ts';

/** One document of a file, checked against its schema. */
export interface ParsedDocument {
  readonly document: Document;
  /** Absent where the document is neither. */
  readonly kind?: 'tool' | 'agent';
  readonly faults: readonly Problem[];
}

/** A file as read by parse-file.ts, or, if valid, by the cache. */
export interface ParsedFile {
  readonly source: SourceFile;
  readonly documents: readonly ParsedDocument[];
  /** Problems of syntax. */
  readonly problems: readonly Problem[];
}

export function buildCatalog(files: readonly ParsedFile[], settings = NO_SETTINGS): Catalog {
  const tools = new Map<string, Tool>();
  const agents = new Map<string, Agent>();
  const duplicates: { first: Tool | Agent; again: Tool | Agent }[] = [];
  const schemaInvalid = new Set<Tool | Agent>();
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
            ? readSettledTool(document, problems, settings)
            : readAgent(document);
      problems.push(...faults);
      if (definition === undefined) unread.add(file.source);
      if (definition === undefined) continue;
      if (hasErrors(faults)) schemaInvalid.add(definition);
      const first = definition.kind === 'tool' ? tools.get(definition.name) : agents.get(definition.name);
      if (first !== undefined) duplicates.push({ first, again: definition });
      else if (definition.kind === 'tool') tools.set(definition.name, definition);
      else agents.set(definition.name, definition);
    }
  }
  return { tools, agents, duplicates, problems, schemaInvalid, unread: [...unread], files: files.length };
}

function readSettledTool(document: Document, problems: Problem[], settings: RepositorySettings): Tool | undefined {
  const read = readBefore.get(document) ?? readOnce(document);
  problems.push(...read.problems);
  return read.tool && withSettings(read.tool, settings);
}

interface ReadTool {
  readonly tool: Tool | undefined;
  readonly problems: readonly Problem[];
}

/** A server keeps the documents of unchanged files, and with them what was read from them. */
const readBefore = new WeakMap<Document, ReadTool>();

function readOnce(document: Document): ReadTool {
  const problems: Problem[] = [];
  const read = { tool: readTool(document, problems), problems };
  readBefore.set(document, read);
  return read;
}
