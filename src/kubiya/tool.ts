import { field, type MapNode, type ScalarNode, type YamlNode } from '../text/node.ts';
import { translateArguments } from './arguments.ts';
import { translateContainer } from './container.ts';
import { translateEnvironment } from './environment.ts';
import { entry, type Findings } from './findings.ts';
import { filled, mapping, scalar, sequence } from './native.ts';
import { translateScript } from './script.ts';

/** The keys that this file translates. */
const KEYS =
  `name description type content image args env secrets long_running with_files with_volumes volumes with_services
  dependencies entrypoint on_build content_url dependencies_url openapi with_git_repo on_start on_complete workflow`.split(
    /\s+/,
  );

/** Keys for pictures, for catalogues, and for the origin of an export. */
const MEANINGLESS = [
  'alias',
  'icon_url',
  'mermaid',
  'mermaid_diagram',
  'metadata',
  'image_provider',
  'source',
  'file_name',
  'uuid',
  'tags',
];

const ELSEWHERE = {
  content_url: 'fetches the script when it runs; here a script is what the file says',
  dependencies_url: 'fetches what is installed when it runs; list it under `dependencies`',
  openapi: 'is not supported: a tool is a script',
  with_git_repo: 'is not supported: the script has to clone it',
  on_start: 'is not supported: put it at the beginning of the script',
  on_complete: 'is not supported: put it at the end of the script',
  workflow: 'is not supported: write its steps as a workflow',
} as const;

const CONTENT_INSTEAD = 'write the script under `content:`, in the place of `content_url`';

/**
 * The images of tools that name none: Kubiya never runs a tool on the machine itself, so its tools may not do so here.
 */
const IMAGES: Readonly<Record<string, string>> = {
  python: 'docker.io/library/python:3.12-slim',
  bash: 'docker.io/library/bash:5',
};
const SHELLS: Readonly<Record<string, string>> = { python: 'python', bash: 'bash {0}' };

/** Settings from the workflow step that holds the tool. */
export interface InlineTool {
  /** The name that replaces its own. */
  readonly name: ScalarNode;
  /** The arguments that get values in the step. */
  readonly given: readonly ScalarNode[];
  /** Whether its standard output becomes its output `text`. */
  readonly isRead: boolean;
}

/**
 * Translates one tool to a native definition of one step.
 * @returns undefined without a name or a script; the findings give the reason
 */
export function translateTool(tool: YamlNode, findings: Findings, inline?: InlineTool): MapNode | undefined {
  if (tool.kind !== 'map') {
    findings.shape(tool, 'a tool has to be a mapping, with a `name` and a `content`');
    return undefined;
  }
  const written = inline?.name ?? findings.text(tool, 'name');
  if (written === undefined) {
    findings.shape(tool, 'the tool has no `name`', 'add `name:`');
    return undefined;
  }
  const name = findings.legal(written, 'definition', 'a tool');
  findings.otherKeys(tool, KEYS, MEANINGLESS);
  for (const [key, why] of Object.entries(ELSEWHERE)) {
    const found = entry(tool, key);
    if (found !== undefined) findings.unsupported(found, why, key === 'content_url' ? CONTENT_INSTEAD : undefined);
  }
  const step = translateContent(tool, name, findings, inline?.isRead === true);
  const args = translateArguments(tool, findings, mentionedIn(tool), inline?.given);
  const environment = translateEnvironment(tool, new Set(args.variables.keys()), findings);
  const container = translateContainer(tool, findings);
  if (step === undefined) return undefined;
  return mapping(tool, [
    ['kind', scalar('tool', name)],
    ['name', scalar(name.text, name)],
    ['description', findings.text(tool, 'description')],
    ['args', args.declared],
    ['secrets', environment.secrets],
    ['passEnv', environment.passEnv],
    ['env', filled(mapping(field(tool, 'args') ?? tool, [...environment.values, ...args.variables]))],
    ['image', imageOf(tool, name, findings)],
    // Kubiya does not restrict the network, and its tools rely on that.
    ['network', scalar('open', name)],
    ['container', container],
    ['steps', sequence(tool, [step])],
    ['outputs', inline?.isRead ? mapping(name, [['text', scalar('${{ steps.main.outputs.text }}', name)]]) : undefined],
  ]);
}

/** Whether the script, one of the files or a service holds the name of a variable as a word. */
function mentionedIn(tool: MapNode): (variable: string) => boolean {
  return mentionedAmong(textsOf(tool));
}

/** Whether one of the texts holds the name of a variable as a word. A `{{ .name }}` does not count. */
export function mentionedAmong(texts: readonly string[]): (variable: string) => boolean {
  const words = new Set(texts.flatMap((text) => text.replace(/\{\{[^}\n]*\}\}/g, ' ').match(/[A-Za-z_]\w*/g) ?? []));
  return (variable) => words.has(variable);
}

function textsOf(tool: MapNode): string[] {
  const holders = ['content', 'with_files', 'with_services', 'entrypoint'].map((key) => field(tool, key));
  return holders.flatMap((node) => (node === undefined ? [] : allTexts(node)));
}

export function allTexts(node: YamlNode): string[] {
  if (node.kind === 'scalar') return [node.text];
  if (node.kind === 'list') return node.items.flatMap(allTexts);
  return [...node.entries.values()].flatMap(({ value }) => allTexts(value));
}

function translateContent(tool: MapNode, name: ScalarNode, findings: Findings, isRead: boolean): MapNode | undefined {
  const content = findings.text(tool, 'content');
  if (content === undefined || content.text.trim() === '') {
    if (entry(tool, 'content_url') === undefined) findings.shape(tool, 'the tool has no script', 'add `content:`');
    return undefined;
  }
  const { run, shell, templates } = translateScript(content, SHELLS[typeOf(tool)] ?? 'sh {0}');
  return mapping(content, [
    ['id', scalar('main', name)],
    ['shell', shell],
    ['templates', templates],
    ['run', run],
    ['output', isRead ? scalar('text', name) : undefined],
  ]);
}

function imageOf(tool: MapNode, name: ScalarNode, findings: Findings): ScalarNode {
  const image = findings.text(tool, 'image');
  if (image !== undefined) return image;
  const type = typeOf(tool);
  const own = Object.hasOwn(IMAGES, type) ? IMAGES[type] : undefined;
  const chosen = scalar(own ?? 'docker.io/library/bash:5', name);
  findings.say('kubiya/image', name, `the tool names no image; ${chosen.text} is taken`, 'add `image:`', 'warning');
  return chosen;
}

function typeOf(tool: MapNode): string {
  const type = field(tool, 'type');
  return type?.kind === 'scalar' ? type.text : '';
}
