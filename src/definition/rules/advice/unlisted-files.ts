import { problem } from '../../../text/problem.ts';
import { calledFiles } from '../../model/called-files.ts';
import { placeOfKey } from '../../model/step-reference.ts';
import type { Rule } from '../rule.ts';

/** A grant by digest covers the definition and its `files:`; other files that a script calls can change unseen. */
export const unlistedFiles: Rule = {
  name: 'unlisted-files',
  visitor({ repositoryFacts }) {
    if (repositoryFacts === undefined) return {};
    const { secrets, listed, isFile } = repositoryFacts;
    const pinned = new Set(
      secrets.flatMap(({ allow }) =>
        allow.flatMap((grant) => (grant.to === 'tool' && grant.digest !== undefined ? grant.name : [])),
      ),
    );
    return {
      run(step, tool) {
        if (!pinned.has(tool.name)) return [];
        const listedFiles = listed(tool);
        return calledFiles(step, isFile)
          .filter((path) => !listedFiles.has(path))
          .map((path) =>
            problem('style/unlisted-file', `${tool.name} calls ${path}, which \`files:\` does not list`, {
              at: placeOfKey(step, 'run') ?? step.at,
              severity: 'warning',
              hint: "list it, relative to the definition's folder: then a grant by digest ends when it changes",
            }),
          );
      },
    };
  },
};
