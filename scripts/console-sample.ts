/**
 * A repository that looks like one in use, for pictures of the console: tools, agents, groups, members who left, secrets of
 * different ages, refused and changed grants, and runs.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');

export interface Sample {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Each tool: what it does, the secrets that its steps ask for. */
const TOOLS: Readonly<Record<string, readonly [description: string, ...secrets: string[]]>> = {
  deploy: ['Roll a version out to a cluster, and watch it', 'DEPLOY_KUBECONFIG', 'DATADOG_API_KEY', 'LEDGER_DB_URL'],
  'page-oncall': ['Open or resolve an incident', 'PAGERDUTY_KEY'],
  'payout-file': [
    'Write, sign and deliver the payout file',
    'LEDGER_REPLICA_URL',
    'PAYOUT_SIGNING_KEY',
    'BANK_SFTP_KEY',
  ],
  'post-message': ['Post to a channel', 'SLACK_BOT_TOKEN'],
  'publish-sdk': ['Build and publish the SDK', 'NPM_PUBLISH_TOKEN', 'GITHUB_PAT'],
  reconcile: ['Compare the ledger with the acquirer', 'ACQUIRER_API_KEY', 'LEDGER_REPLICA_URL', 'DATADOG_API_KEY'],
  refund: ['Refund one payment and book it', 'ACQUIRER_API_KEY', 'LEDGER_DB_URL'],
  'release-notes': ['Draft, sign and post the notes of a version', 'GITHUB_PAT'],
  'renew-cert': ['Renew the certificate of the payment pages', 'TLS_CERT_PAY', 'DEPLOY_KUBECONFIG'],
};

const AGENTS: Readonly<Record<string, readonly [description: string, tools: string, secrets: string]>> = {
  'on-call': [
    'Looks after incidents, and refunds what went wrong',
    'page-oncall, post-message, reconcile, refund',
    'PAGERDUTY_KEY, SLACK_BOT_TOKEN, ACQUIRER_API_KEY, LEDGER_DB_URL, DATADOG_API_KEY, LEDGER_REPLICA_URL',
  ],
  releaser: [
    'Publishes the SDK and announces it',
    'publish-sdk, release-notes, post-message',
    'GITHUB_PAT, NPM_PUBLISH_TOKEN, SLACK_BOT_TOKEN',
  ],
  settlements: [
    'Settles with the banks every working day',
    'reconcile, payout-file, post-message',
    'LEDGER_REPLICA_URL, BANK_SFTP_KEY, PAYOUT_SIGNING_KEY, SLACK_BOT_TOKEN',
  ],
};

interface SampleSecret {
  readonly about: string;
  readonly days: number;
  readonly versions?: number;
  readonly flags?: readonly string[];
  readonly allow?: readonly string[];
  /** Who set it and granted it; else ada. */
  readonly by?: 'lena' | 'marcus';
}

const pin = (...tools: string[]) => tools.map((tool) => `tool:${tool}`);

/** The secrets of prod: how many days ago the value was set, and to whom it is granted. */
const SECRETS: Readonly<Record<string, SampleSecret>> = {
  ACQUIRER_API_KEY: {
    by: 'marcus',
    about: 'Live key of the acquirer: authorise, capture, refund',
    days: 34,
    versions: 3,
    allow: pin('reconcile', 'refund'),
  },
  ACQUIRER_WEBHOOK_SECRET: { about: 'Proves that a webhook came from the acquirer', days: 211, allow: pin('refund') },
  BANK_SFTP_KEY: {
    by: 'marcus',
    about: 'SSH key for the drop box of the bank',
    days: 62,
    versions: 2,
    flags: ['--rotate-every', '60d'],
    allow: pin('payout-file'),
  },
  CARD_VAULT_KEY: {
    about: 'Wraps the data keys of the card vault. Ceremony of two people; see runbook 12 before you touch it',
    days: 402,
  },
  DATADOG_API_KEY: { about: 'Deploy markers and monitors', days: 18, allow: pin('deploy') },
  DEPLOY_KUBECONFIG: {
    about: 'Cluster payments-prod, namespace payments only',
    days: 5,
    versions: 2,
    allow: pin('deploy', 'renew-cert'),
  },
  GITHUB_PAT: {
    about: 'Token of the release bot: repositories and packages',
    days: 12,
    allow: pin('publish-sdk', 'release-notes', 'deploy'),
  },
  LEDGER_DB_URL: { by: 'lena', about: 'Ledger database, read and write', days: 41, allow: pin('deploy', 'refund') },
  LEDGER_REPLICA_URL: {
    by: 'lena',
    about: 'Ledger replica, for reports',
    days: 41,
    allow: pin('payout-file', 'reconcile'),
  },
  NPM_PUBLISH_TOKEN: {
    about: 'Publishes @acme/payments-sdk',
    days: 97,
    flags: ['--rotate-every', '90d'],
    allow: pin('publish-sdk'),
  },
  PAGERDUTY_KEY: { about: 'Opens and resolves incidents of payments', days: 120, allow: pin('page-oncall') },
  PAYOUT_SIGNING_KEY: {
    by: 'lena',
    about: 'Signs payout files; the bank holds the other half',
    days: 76,
    allow: pin('payout-file'),
  },
  SLACK_BOT_TOKEN: { by: 'marcus', about: 'Posts to #payments-ops', days: 28, allow: pin('post-message') },
  TLS_CERT_PAY: { about: '*.pay.acme.dev with its key', days: 79, allow: pin('renew-cert') },
};

/** Makes `payments` in a folder, with a home and a state folder beside it. */
export function makeSample(place: string): Sample {
  const root = join(place, 'payments');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: join(place, 'home'),
    LOCKSTEP_STATE_DIR: join(place, 'state'),
    LANG: 'C.UTF-8',
    GIT_AUTHOR_NAME: 'ada',
    GIT_AUTHOR_EMAIL: 'ada@acme.example',
    GIT_COMMITTER_NAME: 'ada',
    GIT_COMMITTER_EMAIL: 'ada@acme.example',
  };
  for (const folder of [root, env.HOME]) mkdirSync(folder, { recursive: true });
  const sample = { root, env };
  writeDefinitions(root);
  run(sample, 'git', ['init', '-q', '-b', 'main']);
  makeMembers(sample);
  writeFileSync(join(root, 'lockstep.yaml'), 'group: prod\n');
  commit(sample, 'Tools, agents and a vault', 402);
  fillVault(sample);
  leave(sample);
  return sample;
}

function writeDefinitions(root: string): void {
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [name, [description, ...secrets]] of Object.entries(TOOLS)) {
    const steps = secrets.map((one) => step(one));
    write(`tools/${name}.yaml`, `kind: tool\nname: ${name}\ndescription: ${description}\nsteps:\n${steps.join('')}`);
  }
  for (const [name, [description, tools, secrets]] of Object.entries(AGENTS))
    write(
      `agents/${name}.yaml`,
      `kind: agent\nname: ${name}\ndescription: ${description}\ninstructions: ${description}.\ntools: [${tools}]\nsecrets: [${secrets}]\n`,
    );
}

function step(secret: string): string {
  return `  - id: ${secret.toLowerCase().replaceAll('_', '-')}\n    secrets: [${secret}]\n    run: test -n "$${secret}" && echo "${secret} is there"\n`;
}

function makeMembers(sample: Sample): void {
  lockstep(sample, 410, ['init', '--group', 'dev', '--member', 'ada']);
  lockstep(sample, 410, ['group', 'add', 'staging']);
  lockstep(sample, 410, ['group', 'add', 'prod', '--pinned']);
  for (const name of ['lena', 'marcus', 'priya', 'tom', 'worker-eu']) {
    const file = join(sample.root, '..', `${name}.txt`);
    const made = lockstep(sample, 410, ['identity', 'new', '--identity', file, '--json']);
    const { card } = JSON.parse(made);
    const rights = name === 'worker-eu' ? ['--read', 'prod'] : ['--read', 'dev', '--read', 'staging', '--read', 'prod'];
    const writes = ['lena', 'marcus'].includes(name) ? ['--write', 'dev', '--write', 'prod'] : [];
    lockstep(sample, 409, ['member', 'add', name, card, ...rights, ...writes]);
  }
}

function fillVault(sample: Sample): void {
  for (const [name, secret] of Object.entries(SECRETS)) storeSecret(as(sample, secret.by), name, secret);
  for (const name of ['LEDGER_DB_URL', 'SLACK_BOT_TOKEN', 'DATADOG_API_KEY'])
    lockstep(
      sample,
      20,
      ['secret', 'set', name, '--group', 'dev', '--description', SECRETS[name]?.about ?? ''],
      `${name}-old`,
    );
}

/** Each version and its grants in commits of their own, so that there is a history. */
function storeSecret(
  sample: Sample,
  name: string,
  { about, days, versions = 1, flags = [], allow = [] }: SampleSecret,
) {
  for (let version = versions; version > 0; version -= 1) {
    const age = days + (version - 1) * 60;
    const created = version === versions ? ['--description', about, '--allow', 'exec', ...flags] : [];
    lockstep(sample, age, ['secret', 'set', name, '--group', 'prod', ...created], `sample-value-${version}-of-${name}`);
    if (version === versions) grant(sample, name, age, allow);
    commit(sample, `Set ${name}`, age);
  }
}

function grant(sample: Sample, name: string, age: number, allow: readonly string[]): void {
  const to = allow.flatMap((one) => ['--to', one]);
  if (to.length > 0) lockstep(sample, age, ['secret', 'grant', name, '--group', 'prod', '--pin', ...to]);
  lockstep(sample, age, ['secret', 'revoke', name, '--group', 'prod', '--to', 'exec']);
}

/** The same repository, with the identity of another member. */
function as(sample: Sample, name: string | undefined): Sample {
  if (name === undefined) return sample;
  const env = { ...sample.env, LOCKSTEP_IDENTITY_FILE: join(sample.root, '..', `${name}.txt`) };
  return { ...sample, env: { ...env, GIT_AUTHOR_NAME: name, GIT_COMMITTER_NAME: name } };
}

/** A member leaves, a tool changes after its grants, a value is set after that: what the console has to show. */
function leave(sample: Sample): void {
  lockstep(sample, 4, ['member', 'remove', 'tom', '--yes']);
  for (const [name, { days, by }] of Object.entries(SECRETS)) {
    if (name === 'BANK_SFTP_KEY') continue;
    lockstep(
      as(sample, by),
      days,
      ['secret', 'set', name, '--group', 'prod'],
      `sample-value-of-${name.toLowerCase()}-new`,
    );
  }
  for (const name of ['LEDGER_DB_URL', 'SLACK_BOT_TOKEN', 'DATADOG_API_KEY'])
    lockstep(sample, 3, ['secret', 'set', name, '--group', 'dev'], `${name}-new`);
  const soon = new Date(Date.now() + 11 * 86_400_000).toISOString().slice(0, 10);
  lockstep(sample, 4, ['secret', 'describe', 'TLS_CERT_PAY', '--group', 'prod', '--expires', soon]);
  const file = join(sample.root, 'tools/renew-cert.yaml');
  writeFileSync(
    file,
    `kind: tool\nname: renew-cert\ndescription: Renew the certificate of the payment pages\nsteps:\n${step('TLS_CERT_PAY')}${step('DEPLOY_KUBECONFIG').replace('echo', 'printf "%s\\n"')}`,
  );
  commit(sample, 'Remove tom', 4);
  lockstep(sample, 0, ['secret', 'describe', 'GITHUB_PAT', '--group', 'prod', '--rotate-every', '180d']);
  lockstep(sample, 0, ['secret', 'describe', 'PAGERDUTY_KEY', '--group', 'prod', '--rotate-every', '1y']);
}

/** Lets a program believe that it is `days` days ago. */
function clock(days: number): string {
  const code = `const D=Date,s=${days}*864e5;globalThis.Date=class extends D{constructor(...a){a.length?super(...a):super(D.now()-s)}static now(){return D.now()-s}}`;
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

function lockstep(sample: Sample, days: number, args: readonly string[], input = ''): string {
  return run(sample, process.execPath, [clock(days), LOCKSTEP, ...args], input);
}

function commit(sample: Sample, message: string, days: number): void {
  const date = new Date(Date.now() - days * 86_400_000).toISOString();
  run(sample, 'git', ['add', '-A']);
  run({ ...sample, env: { ...sample.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date } }, 'git', [
    'commit',
    '-q',
    '-m',
    message,
  ]);
}

function run({ root, env }: Sample, file: string, args: readonly string[], input = ''): string {
  return execFileSync(file, args, { cwd: root, env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] });
}
