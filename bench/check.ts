import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPeers } from './peers.ts';
import { type Case, type Table, timeSideBySide } from './side-by-side.ts';

const HOUSE = join(import.meta.dirname, '..');
const LOCKSTEP = join(HOUSE, 'bin/lockstep.js');
/** A validator of YAML against JSON Schema that is alive and on npm. It checks schemas and nothing else. */
const PEER = 'v8r@6.1.0';

const BARE_PARSE = `import { globSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
for (const file of globSync('tools/*.yaml')) parseAllDocuments(readFileSync(file, 'utf8'));
`;

/**
 * `check` of 10,000 tools, one a file (DESIGN: speed, fourth row): with no cache and with one, beside a bare parse of the
 * same files by the same library.
 */
export function measureCheck(rounds: number): Table {
  return inRepository(10_000, (cases) => timeSideBySide('check of 10,000 tools', cases, Math.min(rounds, 10)));
}

/** The same of 1,000 tools, beside another validator with the same schema. */
export function measureCheckPeers(rounds: number): Table {
  return inRepository(1_000, (cases, { root, env }) => {
    const program = join(installPeers(join(root, '..'), [PEER]), 'v8r/src/index.js');
    const validate = `'${process.execPath}' '${program}' --schema schema.json 'tools/*.yaml' 2> /dev/null`;
    const peer = { name: `${PEER}, schemas alone`, argv: ['/bin/sh', '-c', validate], env, cwd: root } as const;
    return timeSideBySide('check of 1,000 tools', [...cases, peer], Math.min(rounds, 5));
  });
}

interface Place {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
}

function inRepository(count: number, measure: (cases: readonly Case[], place: Place) => Table): Table {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const root = join(folder, 'repository');
    makeRepository(root, count);
    const env = { PATH: process.env.PATH ?? '', HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
    const check = `exec '${process.execPath}' '${LOCKSTEP}' check`;
    const cases: readonly Case[] = [
      { name: 'yaml, parse alone', argv: [process.execPath, 'bare-parse.mjs'], env, cwd: root },
      { name: 'check, no cache', argv: ['/bin/sh', '-c', `rm -rf '${env.XDG_CACHE_HOME}'; ${check}`], env, cwd: root },
      { name: 'check again', argv: ['/bin/sh', '-c', check], env, cwd: root },
    ];
    return measure(cases, { root, env });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeRepository(root: string, count: number): void {
  mkdirSync(join(root, 'tools'), { recursive: true });
  for (let at = 0; at < count; at += 1) writeFileSync(join(root, `tools/tool-${at}.yaml`), definition(at));
  writeFileSync(join(root, 'bare-parse.mjs'), BARE_PARSE);
  cpSync(join(HOUSE, 'schemas/tool.schema.json'), join(root, 'schema.json'));
  cpSync(join(HOUSE, 'node_modules/yaml'), join(root, 'node_modules/yaml'), { recursive: true });
}

/** As long as an ordinary tool; no two are equal, for a cache goes by content. */
function definition(at: number): string {
  return `# yaml-language-server: $schema=../schema.json
kind: tool
name: tool-${at}
description: Draft release notes for repository ${at} and post them.
args:
  repo: {type: string, description: owner/name}
  dryRun: {type: boolean, description: post nothing, default: false}
env: {LOG_LEVEL: info}
timeout: 5m
steps:
  - id: collect
    run: |
      git -C "$INPUT_REPO" log --oneline -${at} > notes.txt
      echo "notes=$(wc -l < notes.txt)" >> "$LOCKSTEP_OUTPUT"
  - id: post
    if: \${{ !args.dryRun }}
    env: {NOTES: '\${{ steps.collect.outputs.notes }}'}
    run: ./post.sh "$NOTES"
    retry: {limit: 3, delay: 2s}
outputs:
  notes: \${{ steps.collect.outputs.notes }}
`;
}
