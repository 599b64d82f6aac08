/** Folders and files of src/, from the ground up. What stands on one floor does not know of each other. */
export const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts', 'names.ts'],
  ['grant.ts', 'util'],
  ['text', 'process'],
  ['definition', 'vault'],
  ['plan'],
  ['run'],
  ['engine'],
  ['project'],
  ['mcp', 'web', 'index.ts'],
  ['cli'],
  ['bin.ts'],
];

/** What the order of floors would allow, and the two roads do not (ARCHITECTURE: they meet where a step runs). */
export const FORBIDDEN: readonly (readonly [upper: string, lower: string, why: string])[] = [
  ['plan', 'vault', 'a plan knows the names of secrets and is made without a key'],
  ['plan', 'process', 'a plan starts nothing'],
  ['definition', 'process', 'a definition starts nothing'],
  ['vault', 'text', 'a vault file has one form and a reader of its own'],
  ['vault', 'process', 'a vault starts nothing'],
  ['cli', 'index.ts', 'the command line and the library stand beside each other'],
];

/** One file or folder per package, so that it can be replaced there. A place that ends in `/` is a folder. */
export const VENDORS: Readonly<Record<string, readonly string[]>> = {
  yaml: ['text/document.ts', 'text/format.ts', 'text/print-yaml.ts'],
  ajv: ['text/schema.ts', 'text/schema-mistake.ts'],
  'age-encryption': ['vault/age.ts'],
  chokidar: ['project/watcher.ts'],
  execa: ['process/start.ts'],
  '@oclif/core': ['cli/'],
  '@actions/expressions': [
    'definition/expression.ts',
    'definition/expression-data.ts',
    'definition/expression-survey.ts',
  ],
  re2js: ['definition/pattern.ts'],
  unbash: ['definition/scripts/shell-tree.ts'],
  acorn: ['definition/scripts/javascript.ts'],
  '@secretlint/core': ['project/credential-shapes.ts'],
  '@secretlint/profiler': ['project/credential-shapes.ts'],
  '@secretlint/secretlint-rule-preset-recommend': ['project/credential-shapes.ts'],
  'string-width': ['cli/render/fit-columns.ts'],
  canonicalize: ['util/canonical-json.ts'],
};

/** Where secret values are opened: lent to a step, made into masks, shown on purpose. */
export const REVEALING_FILES: readonly string[] = [
  'cli/commands/secret/reveal.ts',
  'cli/edit-value.ts',
  'project/secret-export.ts',
  'project/secret-relocation.ts',
  'project/value-finder.ts',
  'run/injection.ts',
  'run/masks.ts',
  'vault/rekey.ts',
];

/** Floors that handle the files of a checkout: they read and write them through util/beneath.ts and util/write-beneath.ts. */
export const CHECKOUT_FLOORS: readonly string[] = ['vault', 'project', 'mcp', 'web', 'index.ts', 'cli'];

/** What opens a path as it is, and follows links. */
export const PLAIN_ACCESS: readonly string[] = ['util/atomic-file.ts', 'util/read-text.ts'];

/** Files of these floors that open paths which no checkout chooses, and whose they are. */
export const OUTSIDE_CHECKOUT: Readonly<Record<string, string>> = {
  'vault/identity-file.ts': 'the identity',
  'vault/pin-file.ts': 'the state folder',
  'vault/vault-lock.ts': 'the root itself, and a folder that is held open',
  'project/find-root.ts': 'the root itself',
  'project/trusted-root.ts': 'the root itself, and the accounts of the machine',
  'project/accepted.ts': 'the state folder',
  'project/git.ts': 'the folder of Git',
  'project/git-history.ts': 'the folder of Git',
  'project/git-lineage.ts': 'the folder of Git',
  'project/reflog.ts': 'the folder of Git',
  'project/git-install.ts': 'what Git hands to its merge driver',
  'project/audit.ts': 'the state folder',
  'project/copies-folder.ts': 'the state folder',
  'project/parse-cache.ts': 'the cache folder',
  'project/sandbox-list.ts': 'the state folder, and what the machine has of bound paths',
  'cli/ask.ts': 'the terminal',
  'cli/call-arguments.ts': 'what the caller names',
  'cli/edit-value.ts': 'a private folder',
  'cli/problem-pages.ts': 'our own package',
  'cli/read-value.ts': 'what the caller names',
  'cli/write-junit.ts': 'what the caller names, looked at and not opened',
};

const TERMINAL = ['cli/context.ts', 'cli/ask.ts'];
const PLATFORM = [
  'cli/commands/version.ts',
  'process/start.ts',
  'process/find-executable.ts',
  'process/group.ts',
  'util/atomic-file.ts',
  'util/beneath.ts',
  'vault/identity-file.ts',
];

/** The ambient world is read here and handed down. */
export const ALLOWED_AMBIENT: Readonly<Record<string, readonly string[]>> = {
  'process.env': ['cli/context.ts', 'project/config.ts'],
  'process.cwd': ['cli/context.ts', 'project/config.ts'],
  'process.argv': ['bin.ts'],
  'process.exit': ['bin.ts'],
  'process.exitCode': ['bin.ts'],
  'process.once': ['bin.ts'],
  'process.on': ['process/group.ts'],
  'process.getuid': ['run/scratch.ts', 'run/executors/sandbox/own-etc.ts', 'project/config.ts', 'util/other-users.ts'],
  'process.getgid': ['run/executors/sandbox/own-etc.ts'],
  'process.stdin': TERMINAL,
  'process.stdout': TERMINAL,
  'process.stderr': TERMINAL,
  'process.versions': ['cli/commands/version.ts'],
  'process.platform': PLATFORM,
  'process.arch': ['cli/commands/version.ts'],
  'process.kill': ['process/group.ts', 'util/process-stamp.ts'],
  'process.pid': ['util/process-stamp.ts', 'project/parse-cache.ts'],
  'process.hrtime': ['util/monotonic.ts'],
  monotonicMs: [
    'util/monotonic.ts',
    'cli/context.ts',
    'cli/execute-tool.ts',
    'run/run.ts',
    'run/retry.ts',
    'run/run-items.ts',
    'run/time-limit.ts',
    'util/lock.ts',
  ],
  'Math.random': ['util/lock.ts'],
  'new Date()': [
    'project/audit.ts',
    'project/project.ts',
    'project/start-run.ts',
    'vault/identity-file.ts',
    'vault/memory.ts',
    'vault/writer.ts',
  ],
};

/** Files that have outgrown their room, and how far; the list is to become empty. */
export const OVERLONG_FILES: Readonly<Record<string, number>> = {};

/** All that `import ... from 'lockstep'` gives. */
export const PUBLIC_VALUES: readonly string[] = ['LockstepError', 'Run', 'openProject'];
export const PUBLIC_TYPES: readonly string[] = [
  'CallOptions',
  'CheckReport',
  'EndReason',
  'EndStatus',
  'ErrorCode',
  'Event',
  'EventType',
  'JsonValue',
  'OpenProjectOptions',
  'PlanReport',
  'PlanStepReport',
  'ProblemCode',
  'ProblemReport',
  'Project',
  'RefusedRun',
  'RunCallOptions',
  'RunOutcome',
  'RunReport',
  'Severity',
  'Status',
  'StepReport',
];
