/** Folders and files of src/, from the ground up. What stands on one floor does not know of each other. */
export const FLOORS: readonly (readonly string[])[] = [
  ['errors.ts', 'names.ts'],
  ['grant.ts', 'util'],
  ['text', 'process', 'masking'],
  ['kubiya'],
  ['definition', 'vault'],
  ['plan'],
  ['run'],
  ['engine'],
  ['project'],
  ['library'],
  ['mcp', 'server', 'index.ts', 'console'],
  ['plugins'],
  ['cli'],
  ['bin.ts'],
];

/**
 * The rooms of a floor, from the ground up: a file imports only from its own room and from lower ones. A file stands in the
 * longest path that names it here. Files that no path names lie below all rooms of their floor.
 */
export const ROOMS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  definition: [
    ['expressions', 'scripts/shell'],
    ['scripts/template'],
    ['scripts/languages', 'scripts/syntax'],
    ['scripts/programs'],
    ['scripts/flow'],
    ['scripts/places'],
    ['scripts/fill'],
    ['model'],
    ['scripts/script-filler.ts', 'values'],
    ['reading', 'destinations'],
    ['rules'],
  ],
  vault: [['age'], ['identity'], ['format'], ['vault-folder.ts'], ['trust'], ['memory'], ['vault.ts'], ['changes']],
  run: [['workspace'], ['executors'], ['context'], ['step'], ['interpreter']],
  project: [
    ['repository'],
    ['git'],
    ['vault'],
    ['checking', 'runs'],
    ['submitting'],
    ['project.ts'],
    ['scanning'],
    ['secrets'],
    ['authoring', 'watching'],
    ['serving', 'triggers', 'workers'],
  ],
  server: [
    ['access'],
    ['events'],
    ['routes'],
    ['body.ts', 'log.ts'],
    ['triggers.ts', 'mcp.ts'],
    ['api.ts', 'assets.ts', 'metrics.ts', 'release-memory.ts', 'tracing.ts'],
    ['openapi.ts'],
    ['app.ts'],
    ['serve.ts'],
  ],
  mcp: [
    ['catalog'],
    ['calls', 'hosts'],
    ['serve'],
    ['changes.ts', 'face.ts'],
    ['session.ts'],
    ['http-sessions.ts'],
    ['http.ts', 'stdio.ts'],
  ],
  console: [['state'], ['parts'], ['pages'], ['frame'], ['app.tsx']],
};

const THE_PAGE = 'the page knows the answers of the API only';

/** What the order of floors would allow, and the two roads do not (ARCHITECTURE: they meet where a step runs). */
export const FORBIDDEN: readonly (readonly [upper: string, lower: string, why: string])[] = [
  ['plan', 'vault', 'a plan knows the names of secrets and is made without a key'],
  ['plan', 'process', 'a plan starts nothing'],
  ['definition', 'process', 'a definition starts nothing'],
  ['vault', 'text', 'a vault file has one form and a reader of its own'],
  ['vault', 'process', 'a vault starts nothing'],
  ...['errors.ts', 'names.ts', 'grant.ts', 'util', 'text', 'process', 'masking', 'definition', 'vault'].map(
    (lower) => ['console', lower, THE_PAGE] as const,
  ),
  ...['plan', 'run', 'engine', 'project', 'library'].map((lower) => ['console', lower, THE_PAGE] as const),
  ...['engine', 'project', 'library', 'mcp', 'server'].map(
    (lower) =>
      ['plugins', lower, 'a plugin is given a project by its user, and is built without a copy of it'] as const,
  ),
  ['cli', 'plugins', 'plugins are for programs'],
  ['cli', 'index.ts', 'the command line and the library stand beside each other'],
  ['cli', 'library', 'the command line and the library stand beside each other'],
];

/** One file or folder per package, so that it can be replaced there. A place that ends in `/` is a folder. */
export const VENDORS: Readonly<Record<string, readonly string[]>> = {
  yaml: ['text/document.ts', 'text/format.ts'],
  ajv: ['text/schema.ts', 'text/schema-violation.ts'],
  'age-encryption': ['vault/age/'],
  chokidar: ['project/watching/watcher.ts'],
  execa: ['process/start.ts'],
  '@oclif/core': ['cli/'],
  '@actions/expressions': [
    'definition/expressions/expression.ts',
    'definition/expressions/expression-data.ts',
    'definition/expressions/expression-survey.ts',
  ],
  re2js: ['definition/values/pattern.ts'],
  unbash: ['definition/scripts/syntax/shell-tree.ts'],
  acorn: ['definition/scripts/languages/javascript.ts'],
  '@secretlint/core': ['project/scanning/credential-shapes.ts'],
  '@secretlint/profiler': ['project/scanning/credential-shapes.ts'],
  '@secretlint/secretlint-rule-preset-recommend': ['project/scanning/credential-shapes.ts'],
  'string-width': ['cli/terminal/fit-columns.ts'],
  canonicalize: ['util/canonical-json.ts'],
  hono: ['server/app.ts'],
  croner: ['definition/values/cron.ts'],
  '@hono/node-server': ['server/serve.ts'],
  pino: ['server/log.ts'],
  preact: ['console/'],
  '@preact/signals': ['console/'],
  '@dagrejs/dagre': ['console/parts/graph/layout.ts'],
  'prom-client': ['server/metrics.ts'],
  '@modelcontextprotocol/server': ['mcp/'],
  'jsonc-parser': ['mcp/hosts/edit-entry.ts'],
  '@decimalturn/toml-patch': ['mcp/hosts/edit-entry.ts'],
  jose: ['server/access/oidc.ts'],
  pg: ['engine/postgres/'],
  '@dbos-inc/dbos-sdk': ['engine/postgres/'],
  '@opentelemetry/api': ['server/tracing.ts'],
  '@opentelemetry/sdk-trace': ['server/tracing.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['server/tracing.ts'],
  '@opentelemetry/resources': ['server/tracing.ts'],
  bullmq: ['plugins/bullmq.ts'],
  '@restatedev/restate-sdk': ['plugins/restate.ts'],
  '@temporalio/activity': ['plugins/temporal.ts'],
};

/** Where secret values are opened: lent to a step, made into masks, shown on purpose. */
export const REVEALING_FILES: readonly string[] = [
  'cli/commands/secret/reveal.ts',
  // In lines that the runner of a CI system hides, and reads its masks from.
  'cli/runs/runner-masks.ts',
  'cli/secrets/edit-value.ts',
  'server/routes/view-secret.ts',
  'project/triggers/webhook.ts',
  'project/secrets/secret-export.ts',
  'project/secrets/secret-relocation.ts',
  'project/scanning/value-finder.ts',
  'run/workspace/injection.ts',
  'run/step/masks.ts',
  'vault/changes/rekey.ts',
];

/** Floors that handle the files of a checkout: they read and write them through util/beneath.ts and util/write-beneath.ts. */
export const CHECKOUT_FLOORS: readonly string[] = ['vault', 'project', 'library', 'mcp', 'server', 'index.ts', 'cli'];

/** What opens a path as it is, and follows links. */
export const PLAIN_ACCESS: readonly string[] = ['util/atomic-file.ts', 'util/read-text.ts'];

/** Files of these floors that open paths which no checkout chooses, and whose they are. */
export const OUTSIDE_CHECKOUT: Readonly<Record<string, string>> = {
  'vault/identity/identity-file.ts': 'the identity',
  'vault/memory/pin-file.ts': 'the state folder',
  'vault/changes/vault-lock.ts': 'the root itself, and a folder that is held open',
  'project/repository/find-root.ts': 'the root itself',
  'project/repository/trusted-root.ts': 'the root itself, and the accounts of the machine',
  'project/repository/accepted.ts': 'the state folder',
  'project/repository/state-file.ts': 'the state folder',
  'project/repository/git-dir.ts': 'the folder of Git',
  'project/git/git-history.ts': 'the folder of Git',
  'project/git/git-lineage.ts': 'the folder of Git',
  'project/git/reflog.ts': 'the folder of Git',
  'project/git/git-install.ts': 'what Git hands to its merge driver',
  'project/vault/audit.ts': 'the state folder',
  'project/runs/copies-folder.ts': 'the state folder',
  'project/repository/parse-cache.ts': 'the cache folder',
  'project/runs/sandbox-list.ts': 'the state folder, and what the machine has of bound paths',
  'project/serving/root-stamp.ts': 'the root itself',
  'project/serving/git-follower.ts': 'the state folder',
  'mcp/hosts/host-list.ts': 'the home of the user',
  'mcp/hosts/install.ts': 'the home of the user',
  'project/workers/checkouts.ts': 'the state folder',
  'project/workers/runs-here.ts': 'the state folder',
  'project/workers/worker.ts': 'the state folder',
  'server/assets.ts': 'our own package',
  'cli/commands/serve.ts': 'what the caller names',
  'cli/terminal/ask.ts': 'the terminal',
  'cli/syntax/call-arguments.ts': 'what the caller names',
  'cli/secrets/edit-value.ts': 'a private folder',
  'cli/problem-pages.ts': 'our own package',
  'cli/secrets/read-value.ts': 'what the caller names',
  'cli/runs/github-run.ts': 'what the runner of a CI system names',
  'cli/runs/write-junit.ts': 'what the caller names, looked at and not opened',
};

const TERMINAL = ['cli/context.ts', 'cli/terminal/ask.ts'];
const PLATFORM = [
  'cli/commands/version.ts',
  'process/start.ts',
  'process/find-executable.ts',
  'process/group.ts',
  'process/marked.ts',
  'util/atomic-file.ts',
  'util/beneath.ts',
  'vault/identity/identity-file.ts',
];

/** The ambient world is read here and handed down. */
export const ALLOWED_AMBIENT: Readonly<Record<string, readonly string[]>> = {
  'process.env': ['cli/context.ts', 'project/repository/config.ts'],
  'process.cwd': ['cli/context.ts', 'project/repository/config.ts'],
  'process.argv': ['bin.ts'],
  'process.exit': ['bin.ts'],
  'process.exitCode': ['bin.ts'],
  'process.once': ['bin.ts'],
  'process.on': ['process/live-set.ts'],
  'process.getuid': [
    'run/workspace/scratch.ts',
    'run/executors/sandbox/own-etc.ts',
    'project/repository/config.ts',
    'util/other-users.ts',
  ],
  'process.getgid': ['run/executors/sandbox/own-etc.ts'],
  'process.stdin': TERMINAL,
  'process.stdout': TERMINAL,
  'process.stderr': TERMINAL,
  'process.versions': ['cli/commands/version.ts'],
  'process.platform': PLATFORM,
  'process.arch': ['cli/commands/version.ts'],
  'process.kill': ['process/group.ts', 'process/marked.ts', 'util/process-stamp.ts'],
  'process.pid': ['util/process-stamp.ts', 'project/repository/parse-cache.ts'],
  'process.hrtime': ['util/timing.ts'],
  'Date.now': [
    'server/tracing.ts',
    'console/parts/time.tsx',
    'console/pages/runs/ticking.ts',
    // The times of files are the system's, whatever clock a project has.
    'project/watching/stable-read.ts',
  ],
  monotonicMs: [
    'util/timing.ts',
    'engine/postgres/journal-table.ts',
    'engine/postgres/queue-reader.ts',
    'engine/postgres/sent-steps.ts',
    'cli/context.ts',
    'cli/runs/execute-tool.ts',
    'run/interpreter/run.ts',
    'run/interpreter/retry.ts',
    'run/interpreter/run-items.ts',
    'run/time-limit.ts',
    'util/lock.ts',
    'server/serve.ts',
  ],
  'Math.random': ['engine/postgres/queue-reader.ts', 'util/lock.ts'],
  'new Date()': [
    'project/vault/audit.ts',
    'project/project.ts',
    'project/runs/start-run.ts',
    'project/serving/git-follower.ts',
    'vault/identity/identity-file.ts',
    'vault/memory/trust-store.ts',
    'vault/changes/writer.ts',
  ],
};

/** Files that have outgrown their room, and how far; the list is to become empty. */
export const OVERLONG_FILES: Readonly<Record<string, number>> = {};

/** All that `import ... from 'lockstep'` gives. */
export const PUBLIC_VALUES: readonly string[] = ['ERROR_CODES', 'LockstepError', 'PROBLEM_CODES', 'openProject'];
export const PUBLIC_TYPES: readonly string[] = [
  'Approval',
  'ArgumentSchema',
  'CallOptions',
  'CheckReport',
  'ContinueOptions',
  'EndReason',
  'EndStatus',
  'ErrorCode',
  'EventType',
  'FinishedRun',
  'InputSchema',
  'JsonValue',
  'LoggedEvent',
  'OpenProjectOptions',
  'PlanReport',
  'PlanStepReport',
  'ProblemCode',
  'ProblemReport',
  'Project',
  'ProjectChange',
  'RefusedRun',
  'Run',
  'RunCallOptions',
  'RunDetails',
  'RunEvent',
  'RunReport',
  'RunResult',
  'RunSummary',
  'Runs',
  'Severity',
  'Status',
  'StepReport',
  'ToolDescription',
];
