/**
 * `npm run demo`: the main job from beginning to end in a throw-away repository. It makes an identity, a vault and three
 * secrets, takes the shipped examples, checks, plans and runs them against a local server, and shows that no value is
 * seen. Exits with 1 when anything is not as it should be. With `--serve`, or when a person at a terminal says yes, it then
 * serves the console of that repository until Ctrl-C.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { styleText } from 'node:util';

const root = join(import.meta.dirname, '..');
const place = mkdtempSync(join(tmpdir(), 'lockstep-demo-'));
const repository = join(place, 'repository');
const secrets = {
  GITHUB_PAT: `ghp_${randomBytes(18).toString('hex')}`,
  CHAT_BOT: `chat-${randomBytes(16).toString('base64url')}`,
  SIGNING_KEY: randomBytes(32).toString('base64'),
};
let shown = '';

try {
  process.exitCode = await demo();
} finally {
  rmSync(place, { recursive: true, force: true });
}

async function demo(): Promise<number> {
  const server = await startServices();
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  try {
    makeRepository(endpoint);
    await tour(endpoint);
    const code = summary();
    if (code === 0 && (await wantsConsole())) await serveConsole();
    return code;
  } finally {
    server.close();
  }
}

async function tour(endpoint: string): Promise<void> {
  say('A vault beside the definitions. You are its first member.');
  await lockstep(['init']);
  say('Three secrets. Values come from standard input or a hidden prompt, never from the command line.');
  await lockstep(
    ['secret', 'set', 'GITHUB_PAT', '--description', 'GitHub token of the release bot'],
    secrets.GITHUB_PAT,
  );
  await lockstep(['secret', 'set', 'CHAT_BOT', '--description', 'posts to the chat'], secrets.CHAT_BOT);
  await lockstep(['secret', 'set', 'SIGNING_KEY', '--description', 'signs release notes'], secrets.SIGNING_KEY);
  await lockstep(['secret', 'list']);
  say('Every problem of the definitions at once; and what a tool would get, and why. Neither needs a key.');
  await lockstep(['check']);
  await lockstep(['plan', 'release-notes', '--agent', 'releaser']);
  say("The agent's tool, with the secrets that each step was granted. One step prints its token: it is masked.");
  await lockstep([
    'run',
    'release-notes',
    '--agent',
    'releaser',
    '--arg',
    'version=0.1.0',
    '--arg',
    `endpoint=${endpoint}`,
  ]);
  if (isInstalled('python3') || isInstalled('python')) {
    say("The documentation's own example: a Python tool asks the GitHub API (a local stand-in) who it is.");
    await lockstep(['run', 'github-whoami', '--agent', 'releaser', '--arg', `endpoint=${endpoint}`]);
  }
}

/** The examples name the hosts that may get a token: here these are the local stand-ins. */
function makeRepository(endpoint: string): void {
  mkdirSync(repository);
  for (const folder of ['tools', 'agents'])
    cpSync(join(root, 'examples', folder), join(repository, folder), { recursive: true });
  for (const name of readdirSync(join(repository, 'tools'))) {
    const file = join(repository, 'tools', name);
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replaceAll(/https:\/\/(?:api\.github|chat\.example)\.com/g, endpoint),
    );
  }
  writeFileSync(
    join(repository, 'CHANGELOG.md'),
    '# Changelog\n\n## 0.1.0\n\n- Tools and agents get the secrets they declare, and no others.\n',
  );
}

/** Stands for the GitHub API and for a chat service; each knows its own token. */
function startServices(): Promise<Server> {
  const server = createServer((request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '');
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/user')
      return token === secrets.GITHUB_PAT ? answer(200, { login: 'release-bot' }) : answer(401, {});
    if (request.url === '/messages')
      return token === secrets.CHAT_BOT ? answer(201, { url: 'https://chat.example/m/1' }) : answer(401, {});
    return answer(404, {});
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function wantsConsole(): Promise<boolean> {
  if (process.argv.includes('--serve')) return true;
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const asking = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await asking.question('\nOpen this repository in the browser? [y/N] ');
  asking.close();
  return /^y(es)?$/i.test(answer);
}

/** Until Ctrl-C, which reaches the server too. */
async function serveConsole(): Promise<void> {
  say('The same repository in the browser: open the address. Ctrl-C ends it.');
  process.on('SIGINT', () => undefined);
  const child = spawn(process.execPath, [join(root, 'bin/lockstep.js'), 'serve'], {
    cwd: repository,
    env: environment(),
    stdio: ['ignore', 'inherit', 'ignore'],
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  await new Promise((resolve) => child.on('close', resolve));
}

function environment(): NodeJS.ProcessEnv {
  const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const own = { XDG_CONFIG_HOME: join(place, 'config'), XDG_STATE_HOME: join(place, 'state'), LOCKSTEP_IDENTITY: '' };
  return { ...process.env, ...color, ...own };
}

async function lockstep(args: readonly string[], input = ''): Promise<void> {
  console.log(styleText('bold', `$ ${input === '' ? '' : '... | '}lockstep ${args.join(' ')}`));
  const child = spawn(process.execPath, [join(root, 'bin/lockstep.js'), ...args], {
    cwd: repository,
    env: environment(),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(input);
  const code = await finished(child);
  if (code !== 0) throw new Error(`lockstep ${args[0]} ended with ${code}`);
  console.log();
}

function finished(child: ChildProcess): Promise<number | null> {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      process.stdout.write(chunk);
    });
  }
  return new Promise((resolve) => child.on('close', resolve));
}

/** The claim of the whole program, looked up rather than asserted. */
function summary(): number {
  const everything = shown + filesBelow(join(repository, 'vault')) + filesBelow(join(place, 'state'));
  const seen = Object.entries(secrets)
    .filter(([, value]) => everything.includes(value))
    .map(([name]) => name);
  const masked = shown.split('***').length - 1;
  console.log(styleText('bold', 'Summary'));
  console.log(`  3 secrets set, 2 tools run through the agent "releaser"; masked ${masked} times in what you saw`);
  console.log(
    seen.length === 0
      ? '  no value stands in the output, the vault or the state folder in the clear'
      : `  SEEN IN THE CLEAR: ${seen.join(', ')}`,
  );
  console.log('  next: lockstep init in a repository of your own');
  return seen.length === 0 && masked > 0 ? 0 : 1;
}

function filesBelow(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      return readdirSync(folder).includes(program);
    } catch {
      return false;
    }
  });
}

function say(text: string): void {
  console.log(styleText('cyan', text));
}
