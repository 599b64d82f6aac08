import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { agentDigest, type FileFact, formerDigest, toolDigest } from '../../../src/definition/model/digest.ts';
import type { Tool } from '../../../src/definition/model/tool.ts';
import { NO_SETTINGS } from '../../../src/definition/model/tool-settings.ts';
import { buildCatalog } from '../../../src/definition/reading/build-catalog.ts';
import { parseFile } from '../../../src/definition/reading/parse-file.ts';
import { SourceFile } from '../../../src/text/source.ts';
import { agentNamed, catalogOf, toolNamed } from '../read.ts';

const TOOL = `kind: tool
name: greet
description: Say hello.
args:
  who: {type: string, default: you}
secrets: [GITHUB_PAT]
env: {LEVEL: 1.10}
files: [check.sh]
image: alpine
steps:
  - {id: one, run: "echo hi"}
  - {id: two, uses: other}
---
kind: tool
name: other
steps: [{run: "echo other"}]
`;

const FILES: readonly FileFact[] = [
  ['check.sh', true, 'a'.repeat(64)],
  ['data.txt', false, 'b'.repeat(64)],
];

function digest(text: string, files: readonly FileFact[] = FILES, name = 'greet'): string | undefined {
  const catalog = catalogOf(text);
  return toolDigest(toolNamed(catalog, name), {
    tools: catalog.tools,
    files: (tool) => (tool.name === name ? files : []),
  });
}

describe('the digest of a tool', () => {
  test('covers the settings of lockstep.yaml for its {{ }}, and only for its own', () => {
    const files = [parseFile(new SourceFile('tools/a.yaml', TOOL))];
    const digestWith = (raw: readonly string[], words: readonly [string, string][]) => {
      const ofTool = new Map(words.map(([tool, arg]) => [tool, new Map([[arg, 'options' as const]])]));
      const { tools } = buildCatalog(files, { ...NO_SETTINGS, templates: { raw: new Set(raw), words: ofTool } });
      return toolDigest(toolNamed({ tools }, 'greet'), { tools, files: () => [] });
    };
    const plain = digestWith([], []);
    const others = [
      digestWith(['greet'], []),
      digestWith([], [['greet', 'who']]),
      digestWith(['greet'], [['greet', 'who']]),
    ];
    expect(new Set([plain, ...others]).size).toBe(4);
    expect(digestWith(['stranger'], [['stranger', 'who']])).toBe(plain);
  });

  test('is this since format 2: a change of it takes every pinned grant away', () => {
    expect(digest(TOOL)).toBe('596d7b57ceb8246590b5975ab909e7876019610bc921989590518356c2d7041c');
  });

  test('can still be told in the format before, in which older grants name it', () => {
    const catalog = catalogOf(TOOL);
    const files: FileFact[] = FILES.map(([path, ...facts]) => [`tools/${path}`, ...facts]);
    const world = { tools: catalog.tools, files: (tool: Tool) => (tool.name === 'greet' ? files : []) };
    const former = 'ba0154802a0f7f6902ffa34dd7c73b7d8239ee9c6690b3811e8565eb69714ae2';
    expect(formerDigest(toolNamed(catalog, 'greet'), world)).toBe(former);
  });

  test('is sha256 over RFC 8785 JSON of what stands in SECURITY section 2', () => {
    const other = '{"kind":"tool","name":"other","steps":["list",{"run":"echo other"}]}';
    const covered = (definition: string, uses: string) =>
      `{"definition":${definition},"files":[],"format":"lockstep-digest/2","settings":{},"uses":{${uses}}}`;
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const caller = '{"kind":"tool","name":"caller","steps":["list",{"uses":"other"}]}';
    const text = `${caller}\n---\n${other}`.replaceAll('"list",', '');
    expect(digest(text, [], 'other')).toBe(sha256(covered(other, '')));
    expect(digest(text, [], 'caller')).toBe(sha256(covered(caller, `"other":"${sha256(covered(other, ''))}"`)));
  });

  test.each([
    ['comments', TOOL.replace('args:', '# about the arguments\nargs: # here')],
    ['the order of keys', TOOL.replace('kind: tool\nname: greet', 'name: greet\nkind: tool')],
    ['quotes', TOOL.replace('name: greet', 'name: "greet"')],
    ['flow or block', TOOL.replace('secrets: [GITHUB_PAT]', 'secrets:\n  - GITHUB_PAT')],
    ['line ends', TOOL.replaceAll('\n', '\r\n')],
    ['a description of the tool', TOOL.replace('Say hello', 'Say bye')],
    ['a description of a step', TOOL.replace('{id: one,', '{id: one, description: first,')],
    ['a description of an argument', TOOL.replace('default: you', 'default: you, description: who')],
    ['other tools of the file', `${TOOL}---\nkind: tool\nname: third\nsteps: [{run: x}]\n`],
  ])('is not changed by %s', (_, text) => {
    expect(text).not.toBe(TOOL);
    expect(digest(text)).toBe(digest(TOOL));
  });

  test.each([
    ['the script', TOOL.replace('echo hi', 'echo hi ')],
    ['an annotation', TOOL.replace('image: alpine', 'image: alpine\nannotations: {readOnly: true}')],
    ['another annotation', TOOL.replace('image: alpine', 'image: alpine\nannotations: {readOnly: false}')],
    ['detach', TOOL.replace('image: alpine', 'image: alpine\ndetach: true')],
    ['a called tool', TOOL.replace('echo other', 'curl evil')],
    ['a secret asked for', TOOL.replace('[GITHUB_PAT]', '[GITHUB_PAT, SLACK_BOT]')],
    ['a default', TOOL.replace('default: you', 'default: me')],
    ['a variable', TOOL.replace('1.10', '2')],
    ['the type of a variable', TOOL.replace('1.10', '"1.1"')],
    ['the image', TOOL.replace('image: alpine', 'image: alpine:3')],
    ['how a number is written', TOOL.replace('1.10', '1.1')],
    ['an argument that is named description', TOOL.replace('args:', 'args:\n  description: {type: string}')],
    ['the order of steps', TOOL.replace(/( {2}- \{id: one.*\n)( {2}- \{id: two.*\n)/, '$2$1')],
    ['a default that is written out', TOOL.replace('uses: other}', 'uses: other, continueOnError: false}')],
  ])('is changed by %s', (_, text) => {
    expect(text).not.toBe(TOOL);
    expect(digest(text)).not.toBe(digest(TOOL));
  });

  test.each([
    ['a byte of a file', [['check.sh', true, `${'a'.repeat(63)}b`]]],
    ['an executable bit', [['check.sh', false, 'a'.repeat(64)]]],
    ['the name of a file', [['check2.sh', true, 'a'.repeat(64)]]],
    ['one file more', [...FILES, ['x', false, 'c'.repeat(64)]]],
    ['one file less', FILES.slice(1)],
  ] as [string, FileFact[]][])('is changed by %s', (_, changed) => {
    const files = changed.length === 1 && changed[0]?.[0] !== 'data.txt' ? [...changed, ...FILES.slice(1)] : changed;
    expect(digest(TOOL, files)).not.toBe(digest(TOOL));
  });

  test('covers the files of a called tool', () => {
    const catalog = catalogOf(TOOL);
    const withFiles = (sha256: string) =>
      toolDigest(toolNamed(catalog, 'greet'), {
        tools: catalog.tools,
        files: (tool) => (tool.name === 'other' ? [['lib.sh', false, sha256]] : FILES),
      });
    expect(withFiles('a'.repeat(64))).not.toBe(withFiles('b'.repeat(64)));
  });

  test('is absent where a called tool does not exist', () => {
    expect(digest(TOOL.replace('uses: other', 'uses: missing'))).toBeUndefined();
  });

  test('does not take a tool named like a property of Object for that property', () => {
    const text = TOOL.replaceAll('other', 'constructor');
    expect(digest(text)).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(text)).not.toBe(digest(text.replace('echo constructor', 'curl evil')));
  });

  test('is computed in time where many tools call the same tools', () => {
    const level = (index: number) =>
      `---\nkind: tool\nname: t${index}\nsteps: [{uses: t${index + 1}}, {uses: u${index + 1}}]\n---\nkind: tool\nname: u${index}\nsteps: [{uses: t${index + 1}}, {uses: u${index + 1}}]\n`;
    const leaf = (name: string) => `---\nkind: tool\nname: ${name}\nsteps: [{run: x}]\n`;
    const text = `${Array.from({ length: 30 }, (_, i) => level(i)).join('')}${leaf('t30')}${leaf('u30')}`;
    expect(digest(text, [], 't0')).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the digest of an agent', () => {
  const AGENT =
    'kind: agent\nname: ops\ndescription: Operates.\ntools: [gr*]\nsecrets: [GITHUB_PAT]\nenv: {LEVEL: 1.10}\n';
  const of = (text: string) => {
    const catalog = catalogOf(text);
    return agentDigest(agentNamed(catalog, 'ops'), { tools: catalog.tools, files: () => [] });
  };
  const before = of(`${TOOL}---\n${AGENT}`);

  test.each([
    ['a variable', AGENT.replace('1.10', '1.1'), TOOL],
    ['the ceiling', AGENT.replace('[GITHUB_PAT]', '[GITHUB_PAT, OTHER]'), TOOL],
    ['an approval', AGENT.replace('[gr*]', '[{name: gr*, approve: always}]'), TOOL],
    ['a tool that it lists', AGENT, TOOL.replace('echo hi', 'echo ho')],
    ['what such a tool calls', AGENT, TOOL.replace('echo other', 'curl evil')],
    ['one more tool that it lists', AGENT, `${TOOL}---\nkind: tool\nname: grow\nsteps: [{run: x}]\n`],
  ])('is changed by %s', (_, agent, tools) => {
    expect(of(`${tools}---\n${agent}`)).not.toBe(before);
  });

  test.each([
    ['its description', AGENT.replace('Operates', 'Runs'), TOOL],
    ['a tool that it does not list', AGENT, `${TOOL}---\nkind: tool\nname: third\nsteps: [{run: x}]\n`],
  ])('is not changed by %s', (_, agent, tools) => {
    expect(of(`${tools}---\n${agent}`)).toBe(before);
  });
});
