/**
 * Other systems' words for ours (GitHub Actions, Kubiya, Compose, relatives of JSON Schema), which are too different
 * for the edit distance to find them.
 */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
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
  runsOn: ['runson', 'labels', 'tags', 'runner', 'runners'],
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

/** Keywords of JSON Schema that declarations of arguments do not support, and what to do instead. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['$ref', '$dynamicRef', '$defs', 'definitions', '$anchor', '$id', '$schema'].map((word) => [
      word,
      'write out what it stands for',
    ]),
  ),
  ...Object.fromEntries(
    ['anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else', 'dependentSchemas', 'dependentRequired'].map((word) => [
      word,
      'choose one `type`, and check the rest in a step',
    ]),
  ),
  ...Object.fromEntries(
    ['patternProperties', 'propertyNames', 'unevaluatedProperties', 'minProperties', 'maxProperties'].map((word) => [
      word,
      'name the `properties`, or check them in a step',
    ]),
  ),
  ...Object.fromEntries(
    ['prefixItems', 'contains', 'minContains', 'maxContains', 'unevaluatedItems', 'additionalItems'].map((word) => [
      word,
      'say what each of the `items` is, or check them in a step',
    ]),
  ),
};

/**
 * What to do instead of a keyword of JSON Schema that a declaration with these keys lacks; undefined for other keys.
 */
export function synonymIn(keyword: string, keys: readonly string[]): string | undefined {
  return keys.includes('multipleOf') && Object.hasOwn(LEFT_OUT, keyword) ? LEFT_OUT[keyword] : undefined;
}

/** The candidate that other systems call `written`, or undefined. */
export function canonicalWord(written: string, candidates: readonly string[]): string | undefined {
  const other = written.toLowerCase().replace(/[-_ ]/g, '');
  return candidates.find((word) => Object.hasOwn(SYNONYMS, word) && SYNONYMS[word]?.includes(other));
}
