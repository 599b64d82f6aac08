import type { Project } from '../../../project/project.ts';
import type { Context } from '../../context.ts';
import { openProject } from '../../open.ts';

export interface Candidate {
  readonly word: string;
  readonly description?: string;
}

interface Chosen {
  readonly directory: string | undefined;
  readonly group: string | undefined;
}

type Lister = (project: Project, group: string | undefined) => Promise<Candidate[]> | Candidate[];

const tools: Lister = ({ snapshot }) => described(snapshot.catalog.tools.values());
const agents: Lister = ({ snapshot }) => described(snapshot.catalog.agents.values());

/** Listers by the word that help shows for a value. No lister needs a key. */
const LISTERS: Readonly<Record<string, Lister>> = {
  TOOL: tools,
  AGENT: agents,
  SECRET: async (project, group) => {
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    return described((await new Secrets(project).list(group)).secrets);
  },
  GROUP: async (project) => {
    const { Members } = await import('../../../project/secrets/members.ts');
    return (await new Members(project).groups()).map(({ name }) => ({ word: name }));
  },
  MEMBER: async (project) => {
    const { Members } = await import('../../../project/secrets/members.ts');
    return (await new Members(project).list()).map(({ name }) => ({ word: name }));
  },
  RUN: ({ runs }) =>
    runs.list().runs.map(({ run, tool, status }) => ({ word: run, description: `${tool}, ${status}` })),
  GRANT: async (project, group) => [
    ...prefixed('tool:', await tools(project, group)),
    ...prefixed('agent:', await agents(project, group)),
    { word: 'exec', description: '`lockstep exec`' },
  ],
};

/** The names of this kind in the repository. Empty where they cannot be read: a shell cannot show an error. */
export async function namesOf(kind: string, context: Context, { directory, group }: Chosen): Promise<Candidate[]> {
  const list = Object.hasOwn(LISTERS, kind) ? LISTERS[kind] : undefined;
  if (list === undefined) return [];
  try {
    return await list(await openProject(context, { directory }), group);
  } catch {
    return [];
  }
}

function described(named: Iterable<{ readonly name: string; readonly description?: string | undefined }>): Candidate[] {
  return [...named].map(({ name, description = '' }) => ({ word: name, description }));
}

function prefixed(prefix: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.map(({ word, ...rest }) => ({ ...rest, word: prefix + word }));
}
