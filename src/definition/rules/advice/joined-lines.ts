import { problem } from '../../../text/problem.ts';
import { placeOfKey } from '../../model/step-reference.ts';
import type { Rule } from '../rule.ts';

/** Without a `|`, YAML joins the lines of a text with spaces, so that the lines of a script become one command. */
export const joinedLines: Rule = {
  name: 'joined-lines',
  visitor: () => ({
    run(step) {
      const { written } = step;
      if (written === undefined) return [];
      const { source, range } = written.at;
      const [line] = /^[^|>"'\n][^\n]*(?=\n)/.exec(source.text.slice(range.start, range.end)) ?? [];
      // YAML did not join a script that was made from a list or from an unsupported step.
      if (line === undefined || !written.text.startsWith(line.trim())) return [];
      return [
        problem('style/joined-lines', 'YAML joins the lines of this script into one', {
          at: placeOfKey(step, 'run') ?? written.at,
          severity: 'warning',
          hint: 'write `|` after the key and begin the script on the next line, or `>-` if one line is meant',
        }),
      ];
    },
  }),
};
