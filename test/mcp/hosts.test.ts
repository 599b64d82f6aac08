import { lstatSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LOCKSTEP, Repository } from '../rig/repository.ts';

const FILES = {
  'tools/hello.yaml':
    "kind: tool\nname: hello\ndescription: Say hello.\nargs: {name: {type: string}}\nsteps: [{id: say, run: 'echo hello'}]\n",
  'agents/host.yaml':
    'kind: agent\nname: host\ndescription: "Greets: everybody"\ninstructions: Greet everybody.\ntools: [hello]\n',
};

/** Each host, its file, what stood in it before, and where the entry stands then. */
const HOSTS = [
  ['claude-code', 'repository/.mcp.json', '{\n  "mcpServers": {"other": {"command": "x"}}\n}\n', 'mcpServers'],
  ['cursor', 'repository/.cursor/mcp.json', '', 'mcpServers'],
  ['vscode', 'repository/.vscode/mcp.json', '{\n  // mine\n  "inputs": [],\n  "servers": {},\n}\n', 'servers'],
  ['gemini', 'repository/.gemini/settings.json', '{"theme": "dark"}', 'mcpServers'],
  ['claude-desktop', 'home/.config/Claude/claude_desktop_config.json', '{"scale": 2}\n', 'mcpServers'],
  [
    'codex',
    'home/.codex/config.toml',
    '# mine\nmodel = "o"\n\n[mcp_servers.other]\ncommand = "x" # keep\n',
    'mcp_servers',
  ],
] as const;

describe.each(HOSTS)('mcp install --client %s', (client, path, before) => {
  const place = () => {
    const repository = new Repository(FILES);
    const file = join(repository.place, path);
    if (before !== '') {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, before);
    }
    return { repository, file, [Symbol.dispose]: () => repository[Symbol.dispose]() };
  };

  test('adds one entry and keeps all else, and again changes nothing', async () => {
    using made = place();
    const { repository, file } = made;
    const install = async () =>
      JSON.parse(await repository.must(['mcp', 'install', '--client', client, '--agent', 'host', '--json']));
    const args = [LOCKSTEP, '-C', repository.root, 'mcp', '--agent', 'host'];
    const entry = { command: process.execPath, args };
    expect(await install()).toEqual({ client, file, name: 'lockstep-host', entry, change: 'added', written: true });
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(JSON.stringify(repository.root));
    for (const line of before.split('\n'))
      if (/mine|theme|scale|model|keep|inputs/.test(line)) expect(text).toContain(line.trim().replace(/[{}]/g, ''));
    if (before.includes('other')) expect(text).toContain('other');
    expect(await install()).toMatchObject({ change: 'unchanged', written: false });
    expect(readFileSync(file, 'utf8')).toBe(text);
    const group = ['mcp', 'install', '--client', client, '--agent', 'host', '--group', 'prod', '--json'];
    expect(JSON.parse(await repository.must(group))).toMatchObject({ change: 'replaced', written: true });
    expect(readFileSync(file, 'utf8').split('lockstep-host')).toHaveLength(2);
  });

  test('writes nothing with --dry-run, nor into a file that it cannot read', async () => {
    using made = place();
    const { repository, file } = made;
    const said = await repository.must(['mcp', 'install', '--client', client, '--dry-run']);
    expect(said).toContain(JSON.stringify(repository.root));
    expect(statSync(file, { throwIfNoEntry: false })?.size ?? 0).toBe(before.length);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '{"mcpServers": [');
    const refused = await repository.lockstep(['mcp', 'install', '--client', client]);
    expect(refused.stderr).toContain('nothing was written');
    expect(refused.code).not.toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('{"mcpServers": [');
  });
});

test('an entry that a checkout links elsewhere is not followed; one in the home is', async () => {
  using repository = new Repository(FILES);
  const outside = join(repository.place, 'outside.json');
  writeFileSync(outside, '{}');
  symlinkSync(outside, join(repository.root, '.mcp.json'));
  const refused = await repository.lockstep(['mcp', 'install', '--client', 'claude-code']);
  expect(refused.stderr).toContain('.mcp.json cannot be read (link)');
  expect(readFileSync(outside, 'utf8')).toBe('{}');
  const settings = join(repository.place, 'home/.codex/config.toml');
  const kept = join(repository.place, 'dotfiles.toml');
  mkdirSync(dirname(settings));
  writeFileSync(kept, '');
  symlinkSync(kept, settings);
  await repository.must(['mcp', 'install', '--client', 'codex']);
  expect(readFileSync(kept, 'utf8')).toContain('mcp_servers');
  expect(lstatSync(settings).isSymbolicLink()).toBe(true);
});

test('what is installed is what a host can start', async () => {
  using repository = new Repository(FILES);
  await repository.must(['mcp', 'install', '--client', 'claude-code', '--agent', 'host']);
  const { mcpServers } = JSON.parse(readFileSync(join(repository.root, '.mcp.json'), 'utf8'));
  const client = new Client({ name: 'host', version: '1' });
  const { command, args } = mcpServers['lockstep-host'];
  await client.connect(new StdioClientTransport({ command, args, env: repository.env, cwd: repository.place }));
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['hello']);
  await client.close();
});

test('agent export gives the forms of other programs', async () => {
  using repository = new Repository(FILES);
  const text = (format: string) => repository.must(['agent', 'export', 'host', '--format', format]);
  const args = [LOCKSTEP, '-C', repository.root, 'mcp', '--agent', 'host'];
  const entry = { command: process.execPath, args };
  expect(JSON.parse(await text('mcp.json'))).toEqual({ mcpServers: { 'lockstep-host': entry } });
  expect(JSON.parse(await text('vscode'))).toEqual({ servers: { 'lockstep-host': { type: 'stdio', ...entry } } });
  const [, head = '', body = ''] = (await text('claude')).split(/^---\n/m);
  expect(parse(head)).toEqual({ name: 'host', description: 'Greets: everybody', tools: 'mcp__lockstep-host__hello' });
  expect(body).toBe('\nGreet everybody.\n');
  const skill = await text('skill');
  expect(parse(skill.split(/^---\n/m)[1] ?? '')).toEqual({ name: 'host', description: 'Greets: everybody' });
  expect(skill).toContain('- `lockstep run hello --agent host --arg name=...`: Say hello.');
});
