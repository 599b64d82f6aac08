import { problem } from '../../../text/problem.ts';
import type { Rule } from '../rule.ts';

/** Every entry of `files:` and every file for a container is a file of the repository. */
export const listedFiles: Rule = {
  name: 'listed-files',
  visitor: ({ fileFaults }) => ({
    tool: (tool) =>
      [...(fileFaults.get(tool.name) ?? [])].map(([entry, fault]) =>
        problem('reference/unknown-file', `"${entry}" ${isOfMachine(entry) ? OF_MACHINE : fault}`, {
          at: tool.files.find(({ name }) => name === entry)?.at ?? tool.container?.at ?? tool.at,
          hint: isOfMachine(entry)
            ? mappingHint(entry)
            : 'create the file, or write its path relative to the folder of this definition',
        }),
      ),
  }),
};

const OF_MACHINE = 'is a file of this machine, which steps do not get';

function isOfMachine(entry: string): boolean {
  return /^~?\//.test(entry);
}

function mappingHint(entry: string): string {
  const words = entry
    .split('/')
    .slice(-2)
    .join('_')
    .replace(/\W+/g, '_')
    .replace(/^[^A-Za-z]+/, '')
    .toUpperCase();
  const name = words === '' ? 'NAME' : words;
  return `map it to a secret in lockstep.yaml (machineFiles: {"${entry}": {secret: ${name}}}), and store what it holds: lockstep secret set ${name} --from-file FILE; or hand out a file of this machine: {file: PATH, tools: [TOOL]}`;
}
