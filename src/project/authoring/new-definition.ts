import { posix } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { isName, NAME_FORMS } from '../../names.ts';
import type { Project } from '../project.ts';
import { createText } from '../repository/write-text.ts';
import { provideSchema, schemaPath } from './schema-files.ts';
import { agentStarter, toolStarter } from './starter.ts';

export interface NewDefinition {
  readonly kind: 'tool' | 'agent';
  readonly name: string;
  /** Relative to the root. */
  readonly file: string;
  /** The path of the schema, if it was written too. */
  readonly schema?: string;
}

/**
 * Writes a commented starter, with the schema that its first line names.
 * @throws LockstepError `usage/invalid` where the name is not valid or is taken, `file/unwritable`
 */
export async function newDefinition(project: Project, kind: 'tool' | 'agent', name: string): Promise<NewDefinition> {
  if (!isName('definition', name))
    throw new LockstepError('usage/invalid', `"${name}" is not a valid ${kind} name: ${NAME_FORMS.definition}`, [
      `lockstep new ${kind} NAME`,
    ]);
  const { catalog, config } = project.snapshot;
  const taken = (kind === 'tool' ? catalog.tools : catalog.agents).get(name);
  if (taken !== undefined) throw fileExists(`the ${kind} "${name}" already exists, in ${taken.source.path}`, kind);
  const folder = config.definitions.find((one) => posix.basename(one) === `${kind}s`) ?? config.definitions[0] ?? '';
  const file = posix.join(folder, `${name}.yaml`);
  const schema = posix.relative(posix.dirname(file), schemaPath(kind));
  const text = kind === 'tool' ? toolStarter(name, schema) : agentStarter(name, schema, toolsFor(project));
  if (!(await createText(project.root, file, text))) throw fileExists(`${file} already exists`, kind);
  const written = await provideSchema(project.root, kind);
  return { kind, name, file, ...(written && { schema: schemaPath(kind) }) };
}

function toolsFor({ snapshot }: Project): readonly string[] {
  const tools = [...snapshot.catalog.tools.keys()].slice(0, 3);
  if (tools.length > 0) return tools;
  throw new LockstepError('usage/invalid', 'an agent needs a tool, and the repository has none yet', [
    'lockstep new tool NAME',
  ]);
}

function fileExists(message: string, kind: string): LockstepError {
  return new LockstepError('usage/invalid', message, [`lockstep ${kind} list`, `lockstep new ${kind} NAME`]);
}
