import type { Catalog } from '../../src/definition/model/catalog.ts';
import type { Agent, Tool } from '../../src/definition/model/tool.ts';
import { withoutIgnored } from '../../src/definition/reading/ignore-comments.ts';
import { readDefinitions } from '../../src/definition/reading/parse-file.ts';
import { ADVICE, allProblems, RULES } from '../../src/definition/rules/index.ts';
import type { Rule } from '../../src/definition/rules/rule.ts';
import { loadScriptFiller } from '../../src/definition/scripts/script-filler.ts';
import { withoutConsequences } from '../../src/project/checking/consequences.ts';
import type { Problem } from '../../src/text/problem.ts';
import { SourceFile } from '../../src/text/source.ts';

// Plans of scripts with `{{ }}` need their parsers.
await loadScriptFiller(
  readDefinitions([
    new SourceFile('tools/a.yaml', 'kind: tool\nname: a\nsteps: [{id: a, shell: node, templates: safe, run: "1"}]\n'),
  ]).tools.values(),
);

/** What a repository with this one file holds. */
export function catalogOf(text: string): Catalog {
  return readDefinitions([new SourceFile('tools/a.yaml', text)]);
}

/** The same, for tests that are not about mistakes. */
export function soundCatalog(text: string): Catalog {
  const catalog = catalogOf(text);
  const [first] = problemsOf(catalog);
  if (first !== undefined) throw new Error(`the test's own definition is wrong: ${first.message}`);
  return catalog;
}

/** What `check` would say, advice too, and with what comments ignore left out. Every secret is taken to be in the vault. */
export function adviceOf(catalog: Catalog): Problem[] {
  const sources = [...catalog.tools.values(), ...catalog.agents.values()].map(({ source }) => source);
  const found = withoutConsequences(problemsOf(catalog, [...RULES, ...ADVICE]), catalog);
  return withoutIgnored(found, [...new Set(sources)]);
}

/** Every secret is taken to be in the vault. */
export function problemsOf(catalog: Catalog, rules: readonly Rule[] = RULES): Problem[] {
  const named = [...catalog.tools.values()].flatMap((tool) => [
    ...tool.secrets,
    ...(tool.triggers.webhook === undefined ? [] : [tool.triggers.webhook.secret]),
    ...tool.steps.flatMap((step) => (step.kind === 'run' ? step.secrets : [])),
  ]);
  const ceilings = [...catalog.agents.values()].flatMap((agent) => agent.secrets);
  const secretNames = new Set([...named, ...ceilings].map(({ name }) => name));
  return allProblems({ catalog, secretNames, fileFaults: new Map() }, rules);
}

export function toolNamed(catalog: Pick<Catalog, 'tools'>, name: string): Tool {
  const tool = catalog.tools.get(name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
}

export function agentNamed(catalog: Catalog, name: string): Agent {
  const agent = catalog.agents.get(name);
  if (agent === undefined) throw new Error(`no agent ${name}`);
  return agent;
}
