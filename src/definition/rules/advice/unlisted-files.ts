import { problem } from '../../../text/problem.ts';
import { calledFiles } from '../../model/called-files.ts';
import { placeOfKey } from '../../model/place-of-key.ts';
import { isRun } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** A grant by digest covers the definition and its `files:`; what a script calls beside them can be changed unseen. */
export const unlistedFiles: Rule = {
  name: 'unlisted-files',
  check({ catalog, repositoryFacts }) {
    if (repositoryFacts === undefined) return [];
    const pinned = new Set(
      repositoryFacts.secrets.flatMap(({ allow }) =>
        allow.flatMap((grant) => (grant.to === 'tool' && grant.digest !== undefined ? grant.name : [])),
      ),
    );
    return [...catalog.tools.values()]
      .filter((tool) => pinned.has(tool.name))
      .flatMap((tool) => {
        const listed = repositoryFacts.listed(tool);
        return tool.steps.filter(isRun).flatMap((step) =>
          calledFiles(step, repositoryFacts.isFile)
            .filter((path) => !listed.has(path))
            .map((path) =>
              problem('style/unlisted-file', `${tool.name} calls ${path}, which \`files:\` does not list`, {
                at: placeOfKey(step, 'run') ?? step.at,
                severity: 'warning',
                hint: "list it, relative to the definition's folder: then a grant by digest ends when it changes",
              }),
            ),
        );
      });
  },
};
