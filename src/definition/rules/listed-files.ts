import { problem } from '../../text/problem.ts';
import type { Rule } from './rule.ts';

/** What `files:` lists, and what a container is given, are files of the repository. */
export const listedFiles: Rule = {
  name: 'listed-files',
  check({ catalog, fileFaults }) {
    return [...catalog.tools.values()].flatMap((tool) =>
      [...(fileFaults.get(tool.name) ?? [])].map(([entry, fault]) =>
        problem('reference/unknown-file', `"${entry}" ${fault}`, {
          at: tool.files.find(({ name }) => name === entry)?.at ?? tool.container?.at ?? tool.at,
          hint: "paths are relative to the definition's folder and stay within the repository",
        }),
      ),
    );
  },
};
