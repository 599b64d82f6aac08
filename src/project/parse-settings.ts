import { type Document, parseDocuments } from '../text/document.ts';
import type { Problem } from '../text/problem.ts';
import { schemaProblems } from '../text/schema.ts';
import type { SourceFile } from '../text/source.ts';

/** Reads lockstep.yaml against its schema. Loads the YAML and schema libraries. */
export function parseSettings(source: SourceFile): { document?: Document; problems: readonly Problem[] } {
  const { documents, problems } = parseDocuments(source);
  const [document] = documents;
  return document === undefined
    ? { problems }
    : { document, problems: [...problems, ...schemaProblems('lockstep', document)] };
}
