import { readFileSync, realpathSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join, resolve } from 'node:path';
import { LockstepError, systemReason } from '../../errors.ts';
import type { Project } from '../../project/project.ts';
import type { GitFollower } from '../../project/serving/git-follower.ts';
import type { ServeOptions } from '../../server/serve.ts';
import { relativeInside } from '../../util/paths.ts';
import type { Environment } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { accessOptions, beginLive, openTokens } from '../open.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { text, texts, toggle, wholeNumber } from '../syntax/flags.ts';
import { engineFlag, identityFlag, jsonFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

/** Addresses that only this machine can reach. */
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

interface FollowFlags {
  readonly git: string | undefined;
  readonly ref: string | undefined;
  readonly identity: string | undefined;
}

export default class Serve extends BaseCommand {
  static override summary = 'Serve the console, the HTTP API and MCP, and reload changed files';
  static override description =
    'Prints an address with an access token for the browser. Listens on this machine only, unless --host names another address; then it needs TLS. A save that breaks something keeps the last good definitions. Ctrl-C cancels the runs and ends it; twice ends it at once.';
  static override examples = [
    { command: 'lockstep serve', description: 'on any free port' },
    {
      command: 'lockstep serve --git https://git.example/ops.git --ref main',
      description: 'follow a branch, and switch to each commit that is sound',
    },
    { command: 'lockstep serve --port 7373 --json', description: 'for scripts: the first line is {url, token}' },
  ];
  static override flags = {
    port: wholeNumber({ helpValue: 'N', default: 0, description: 'the port; 0: any free one' }),
    host: text('ADDRESS', 'the address to listen on (default: 127.0.0.1)'),
    name: texts('HOST', 'another host name, with its port, by which clients reach the server'),
    git: text('REMOTE', 'follow a branch of this remote instead of serving a checkout; secrets are then read-only'),
    ref: text('BRANCH', 'the branch to follow (default: main)'),
    every: wholeNumber({ helpValue: 'SECONDS', default: 30, description: 'how often the remote is asked' }),
    'tls-cert': text('FILE', 'the certificate, with its chain, in PEM form'),
    'tls-key': text('FILE', 'its private key, in PEM form'),
    'oidc-issuer': text('URL', 'also take the tokens of this OpenID Connect issuer'),
    'oidc-audience': text('AUDIENCE', 'the audience that its tokens name'),
    access: text('FILE', 'which claims of such a token give which scopes (JSON); outside the repository'),
    triggers: toggle('start tools by their schedules and webhooks, with the secrets of --group'),
    group: text('GROUP', 'the group of secrets for triggered runs; where it is not pinned, name the tools too'),
    tool: texts('TOOL', 'a tool that may start by itself although the group is not pinned'),
    'allow-view': toggle('let a person see a secret value in the console, one at a time; audited; this machine only'),
    identity: identityFlag,
    engine: engineFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Serve);
    const { context } = this;
    const { host = '127.0.0.1', port } = flags;
    const tls = tlsOf(flags['tls-cert'], flags['tls-key']);
    requireSafeAddress(host, tls !== undefined, flags['allow-view']);
    const follower = await this.#follower(flags);
    const opened = follower === undefined ? flags : { ...flags, directory: follower.root };
    const closing = new AbortController();
    try {
      const live = await beginLive(context, opened, closing.signal);
      await live.ready();
      const { project } = live;
      const options = {
        ...(follower && { follower }),
        ...{ live, host, port, names: flags.name, allowView: flags['allow-view'] },
        ...(tls && { tls }),
        ...(await oidcOf(flags, project.root)),
        ...(await triggersOf(flags, project, this.context.env)),
        tokens: await openTokens(context, project),
        console: consoleFolder(),
      };
      // Fails before anything listens, where the database cannot be used.
      await project.engine();
      void follower?.keepFollowing(Math.max(1, flags.every), closing.signal);
      return await this.#serve(options, flags.json);
    } finally {
      closing.abort();
    }
  }

  async #follower({ git, ref = 'main', identity }: FollowFlags): Promise<GitFollower | undefined> {
    if (git === undefined) return undefined;
    const { GitFollower } = await import('../../project/serving/git-follower.ts');
    return GitFollower.open({
      ...accessOptions(this.context, { directory: undefined, identity }),
      remote: git,
      branch: ref,
    });
  }

  async #serve(options: Omit<ServeOptions, 'log' | 'mcp'>, json: boolean): Promise<number> {
    const [{ serve }, { McpHttp }, { jsonLog }, { VERSION }] = await Promise.all([
      import('../../server/serve.ts'),
      import('../../mcp/http.ts'),
      import('../../server/log.ts'),
      import('../../util/version.ts'),
    ]);
    const { stdout, stderr, signal, urgent } = this.context;
    const { env } = this.context;
    const isTraced = env.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && env.OTEL_EXPORTER_OTLP_ENDPOINT !== '';
    const tracing = isTraced ? new (await import('../../server/tracing.ts')).Tracing(VERSION) : undefined;
    const log = jsonLog(stderr, VERSION);
    const mcp = new McpHttp(options.live, (error) => log.error({ stack: stackOf(error) }, 'a call failed'));
    const server = await serve({ ...options, log, mcp, ...(tracing && { tracing }) }).catch(async (error) => {
      await mcp.drain();
      throw error;
    });
    const { url, token } = server;
    say(
      stdout,
      json ? `${JSON.stringify({ url, token })}\n` : `serving ${options.live.project.root}\n${url}#token=${token}\n`,
    );
    const { blind } = options.live;
    await aborted(AbortSignal.any([signal, blind]));
    urgent.addEventListener('abort', () => server.kill());
    if (urgent.aborted) server.kill();
    await server.drain();
    blind.throwIfAborted();
    return EXIT.ok;
  }
}

function tlsOf(cert: string | undefined, key: string | undefined) {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new LockstepError('usage/invalid', 'a certificate and its key go together', [
      '--tls-cert FILE --tls-key FILE',
    ]);
  return { cert: readFile(cert), key: readFile(key) };
}

interface TriggerFlags {
  readonly triggers: boolean;
  readonly group: string | undefined;
  readonly tool: readonly string[];
}

async function triggersOf({ triggers, group, tool }: TriggerFlags, project: Project, env: Environment) {
  if (!triggers) {
    if (group === undefined && tool.length === 0) return {};
    throw new LockstepError('usage/invalid', '--group and --tool are for --triggers', [
      'lockstep serve --triggers --group GROUP',
    ]);
  }
  if (group === undefined)
    throw new LockstepError('usage/invalid', '--triggers needs the group whose secrets triggered runs get', [
      '--group GROUP',
    ]);
  (await project.vault.require()).requireGroup(group);
  const { firedRecord } = await import('../../project/triggers/fired-record.ts');
  return { triggers: { group, tools: tool, fired: await firedRecord(project, env) } };
}

interface OidcFlags {
  readonly 'oidc-issuer': string | undefined;
  readonly 'oidc-audience': string | undefined;
  readonly access: string | undefined;
}

/** The rules are outside the repository, so that people who may push to it cannot give themselves rights. */
async function oidcOf({ access, ...flags }: OidcFlags, root: string) {
  const [issuer, audience] = [flags['oidc-issuer'], flags['oidc-audience']];
  if (issuer === undefined && audience === undefined && access === undefined) return {};
  if (issuer === undefined || audience === undefined || access === undefined)
    throw new LockstepError('usage/invalid', 'an issuer, an audience and the access rules go together', [
      '--oidc-issuer URL --oidc-audience AUDIENCE --access FILE',
    ]);
  const text = readFile(access).toString('utf8');
  if (relativeInside(root, realpathSync(resolve(access))) !== undefined)
    throw new LockstepError(
      'usage/invalid',
      `${access} lies in the repository, and anybody who can push could change it`,
      ['move it elsewhere, such as /etc/lockstep/access.json'],
    );
  const [{ Oidc }, { accessRules }] = await Promise.all([
    import('../../server/access/oidc.ts'),
    import('../../server/access/access-file.ts'),
  ]);
  return { oidc: new Oidc({ issuer, audience, rules: accessRules(access, text) }) };
}

function readFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new LockstepError(
      'file/unreadable',
      `${file} cannot be read (${systemReason(error)})`,
      [`ls -l '${file}'`],
      error,
    );
  }
}

function requireSafeAddress(host: string, hasTls: boolean, allowsView: boolean): void {
  if (LOOPBACK.test(host)) return;
  if (!hasTls)
    throw new LockstepError(
      'usage/invalid',
      `other machines reach ${host}, and the connection would not be encrypted`,
      ['--tls-cert FILE --tls-key FILE', 'listen on this machine only: --host 127.0.0.1'],
    );
  if (allowsView)
    throw new LockstepError('usage/invalid', '--allow-view works on this machine only', [
      'leave out --host, or --allow-view',
    ]);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : 'unknown';
}

/** The build puts the page next to the program. */
function consoleFolder(): string {
  return join(findPackageJSON(import.meta.url) ?? '', '../dist/console');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}
