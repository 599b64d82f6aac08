import { readFileSync, realpathSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join, resolve } from 'node:path';
import { LockstepError, systemReason } from '../../errors.ts';
import type { ServeOptions } from '../../server/serve.ts';
import { relativeInside } from '../../util/paths.ts';
import { EXIT } from '../exit-code.ts';
import { openTokens } from '../open.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { text, texts, toggle, wholeNumber } from '../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

/** Addresses that only this machine reaches. */
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|localhost)$/;

export default class Serve extends BaseCommand {
  static override summary = 'Serve the console and the HTTP API, and reload changed files';
  static override description =
    'Prints an address with an access token for the browser. Listens on this machine only, unless --host names another address; then it needs TLS. A save that breaks something keeps the last good definitions. Ctrl-C cancels the runs and ends it; twice ends it at once.';
  static override examples = [
    { command: 'lockstep serve', description: 'on any free port' },
    { command: 'lockstep serve --port 7373 --json', description: 'for scripts: the first line is {url, token}' },
  ];
  static override flags = {
    port: wholeNumber({ helpValue: 'N', default: 0, description: 'the port; 0: any free one' }),
    host: text('ADDRESS', 'the address to listen on (default: 127.0.0.1)'),
    name: texts('HOST', 'another host name, with its port, by which clients reach the server'),
    'tls-cert': text('FILE', 'the certificate, with its chain, in PEM form'),
    'tls-key': text('FILE', 'its private key, in PEM form'),
    'oidc-issuer': text('URL', 'also take the tokens of this OpenID Connect issuer'),
    'oidc-audience': text('AUDIENCE', 'the audience that its tokens name'),
    access: text('FILE', 'which claims of such a token give which scopes (JSON); outside the repository'),
    'allow-view': toggle('let a person see a secret value in the console, one at a time; audited; this machine only'),
    identity: identityFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(Serve);
    const { context } = this;
    const { host = '127.0.0.1', port } = flags;
    const tls = tlsOf(flags['tls-cert'], flags['tls-key']);
    requireSafeAddress(host, tls !== undefined, flags['allow-view']);
    const project = await this.project(flags);
    const options = {
      ...{ host, port, names: flags.name, allowView: flags['allow-view'] },
      ...(tls && { tls }),
      ...(await oidcOf(flags, project.root)),
      tokens: await openTokens(context, project),
      console: consoleFolder(),
    };
    const { LiveProject } = await import('../../project/serving/live-project.ts');
    const closing = new AbortController();
    try {
      const live = await LiveProject.open(project, closing.signal);
      return await this.#serve({ ...options, live }, flags.json);
    } finally {
      closing.abort();
    }
  }

  async #serve(options: Omit<ServeOptions, 'log'>, json: boolean): Promise<number> {
    const [{ serve }, { jsonLog }, { VERSION }] = await Promise.all([
      import('../../server/serve.ts'),
      import('../../server/log.ts'),
      import('../../util/version.ts'),
    ]);
    const { stdout, stderr, signal, urgent } = this.context;
    const server = await serve({ ...options, log: jsonLog(stderr, VERSION) });
    const { url, token } = server;
    say(
      stdout,
      json ? `${JSON.stringify({ url, token })}\n` : `serving ${options.live.project.root}\n${url}#token=${token}\n`,
    );
    await aborted(signal);
    urgent.addEventListener('abort', () => server.kill());
    if (urgent.aborted) server.kill();
    await server.drain();
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

interface OidcFlags {
  readonly 'oidc-issuer': string | undefined;
  readonly 'oidc-audience': string | undefined;
  readonly access: string | undefined;
}

/** Who may push to the repository must not give himself rights, so the rules lie outside it. */
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

/** The build puts the page beside the program. */
function consoleFolder(): string {
  return join(findPackageJSON(import.meta.url) ?? '', '../dist/console');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });
}
