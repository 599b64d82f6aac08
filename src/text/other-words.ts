/**
 * What other systems call the things that we have a word for (GitHub Actions, Kubiya, Compose, JSON Schema's neighbours):
 * too far from ours for a slip of the hand, so a suggestion needs to be told.
 */
const OTHER_WORDS: Readonly<Record<string, readonly string[]>> = {
  args: ['arguments', 'inputs', 'input', 'params', 'parameters'],
  run: ['script', 'command', 'cmd', 'content', 'exec'],
  uses: ['tool', 'call', 'action'],
  with: ['args', 'arguments', 'inputs', 'params'],
  env: ['environment', 'variables', 'vars'],
  needs: ['depends', 'dependson', 'after'],
  if: ['when', 'condition', 'onlyif'],
  forEach: ['loop', 'withitems', 'matrix', 'each', 'items', 'foreach'],
  maxParallel: ['parallelism', 'concurrency', 'parallel', 'maxconcurrent'],
  id: ['name', 'key'],
  workdir: ['cwd', 'dir', 'directory', 'workingdirectory', 'workingdir'],
  steps: ['jobs', 'tasks', 'stages'],
  retry: ['retries', 'retrypolicy', 'attempts'],
  limit: ['max', 'times', 'count', 'attempts', 'retries'],
  image: ['container', 'docker'],
  network: ['networkmode', 'net'],
  files: ['withfiles', 'sources'],
  instructions: ['prompt', 'systemprompt', 'aiinstructions'],
  maxTurns: ['maxsteps', 'turns'],
  pattern: ['regex', 'regexp'],
  enum: ['options', 'choices', 'values'],
  sensitive: ['secret', 'hidden', 'masked'],
  string: ['str', 'text'],
  integer: ['int'],
  number: ['float', 'double'],
  boolean: ['bool'],
  array: ['list'],
  object: ['map', 'dict', 'mapping'],
  file: ['path'],
};

/** The candidate that goes by `written` elsewhere, or undefined. */
export function ourWordFor(written: string, candidates: readonly string[]): string | undefined {
  const other = written.toLowerCase().replace(/[-_ ]/g, '');
  return candidates.find((word) => Object.hasOwn(OTHER_WORDS, word) && OTHER_WORDS[word]?.includes(other));
}
