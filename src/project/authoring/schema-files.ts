import { SCHEMA_NAMES, type SchemaName, schemaOf } from '../../text/schema.ts';
import { createText, replaceText } from '../repository/write-text.ts';

/** Where a repository keeps a schema for its editors, relative to its root. */
export function schemaPath(name: SchemaName): string {
  return `schemas/${name}.schema.json`;
}

export function schemaText(name: SchemaName): string {
  return `${JSON.stringify(schemaOf(name), null, 2)}\n`;
}

/** Writes all schemas, over existing files. Returns their paths. @throws LockstepError `file/unwritable` */
export async function writeSchemas(root: string): Promise<readonly string[]> {
  for (const name of SCHEMA_NAMES) {
    if (!(await provideSchema(root, name))) await replaceText(root, schemaPath(name), schemaText(name));
  }
  return SCHEMA_NAMES.map(schemaPath);
}

/** Writes a schema unless it exists; true if it was written. @throws LockstepError `file/unwritable` */
export function provideSchema(root: string, name: SchemaName): Promise<boolean> {
  return createText(root, schemaPath(name), schemaText(name));
}
