import { problem } from '../../text/problem.ts';
import type { Rule } from './rule.ts';

/** What `files:` lists is there, inside the repository. */
export const listedFiles: Rule = {
  name: 'listed-files',
  check({ catalog, missingFiles }) {
    return [...catalog.tools.values()].flatMap((tool) =>
      tool.files
        .filter((file) => missingFiles.get(tool.name)?.includes(file.name))
        .map((file) =>
          problem('reference/unknown-file', `"${file.name}" matches no file of the repository`, {
            at: file.at,
            hint: "paths are relative to the definition's folder and stay within the repository",
          }),
        ),
    );
  },
};
