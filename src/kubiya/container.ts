import { field, type MapNode, type ScalarNode, type YamlNode } from '../text/node.ts';
import { isTemplate } from '../text/template-action.ts';
import { translateValues } from './environment.ts';
import { entry, type Findings, isEmpty } from './findings.ts';
import { filled, mapping, scalar, sequence } from './native.ts';
import { withoutEndBlanks } from './script.ts';

/** Translates a tool's container settings to `container:` of the native form; undefined without any. */
export function translateContainer(tool: MapNode, findings: Findings): YamlNode | undefined {
  const build = findings.text(tool, 'on_build');
  const volumesKey = entry(tool, 'with_volumes') === undefined ? 'volumes' : 'with_volumes';
  const lists = [
    ['entrypoint', 'entrypoint', findings.texts(tool, 'entrypoint')],
    ['dependencies', 'dependencies', dependencies(tool, findings)],
    ['with_files', 'files', files(tool, findings)],
    [volumesKey, 'volumes', volumes(tool, volumesKey, findings)],
    ['with_services', 'services', services(tool, findings)],
  ] as const;
  return filled(
    mapping(tool, [
      ...lists.map(([key, native, items]) => [native, filled(sequence(field(tool, key) ?? tool, items))] as const),
      ['build', build && scalar(withoutEndBlanks(build.text), build)],
    ]),
  );
}

/** The arguments of pip: a list, or a text with one on each line. */
function dependencies(tool: MapNode, findings: Findings): YamlNode[] {
  const written = field(tool, 'dependencies');
  if (written?.kind !== 'scalar') return findings.texts(tool, 'dependencies');
  const lines = written.text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => scalar(line, written));
}

function files(tool: MapNode, findings: Findings): YamlNode[] {
  const written = field(tool, 'with_files');
  const items =
    written?.kind === 'map' && field(written, 'destination') ? [written] : findings.items(tool, 'with_files');
  return items.flatMap((item) => file(item, findings) ?? []);
}

function file(item: YamlNode, findings: Findings): YamlNode | undefined {
  const destination = findings.text(item, 'destination');
  const path = destination && inHome(destination);
  const source = findings.text(item, 'source');
  const content = field(item, 'content');
  if (item.kind !== 'map' || path === undefined || (source === undefined && content?.kind !== 'scalar')) {
    findings.shape(
      item,
      'a file needs a `destination`, and a `source` or its `content`',
      'write each file as - {destination: PATH, content: TEXT}',
    );
    return undefined;
  }
  findings.otherKeys(item, ['destination', 'source', 'content'], []);
  if (content?.kind === 'scalar' && !isEmpty(content)) {
    if (isTemplate(content.text))
      findings.once(
        'content',
        'kubiya/ignored',
        path,
        `{{ }} in the file ${path.text} stays as it is: only scripts are filled`,
        { hint: 'write the value itself, or let the script make the file' },
      );
    return mapping(item, [
      ['path', path],
      ['content', scalar(content.text, content)],
    ]);
  }
  if (source === undefined)
    return mapping(item, [
      ['path', path],
      ['content', scalar('', path)],
    ]);
  return mapping(item, [
    ['path', path],
    ['from', inHome(source)],
  ]);
}

/** Resolves `$HOME`: in a source, the machine's home folder; in a destination, that of the image's user. */
function inHome(path: ScalarNode): ScalarNode {
  return scalar(path.text.replace(/^\$(?:HOME|\{HOME\})(?=\/)/, '~'), path);
}

function volumes(tool: MapNode, key: string, findings: Findings): YamlNode[] {
  return findings.items(tool, key).flatMap((item) => {
    const name = findings.text(item, 'name');
    const written = findings.text(item, 'path');
    const path = written && inHome(written);
    if (item.kind === 'map' && name !== undefined && path !== undefined) {
      findings.otherKeys(item, ['name', 'path'], []);
      return [
        mapping(item, [
          ['name', name],
          ['path', path],
        ]),
      ];
    }
    findings.shape(item, 'a volume needs a `name` and a `path`');
    return [];
  });
}

const SERVICE_KEYS = ['name', 'image', 'exposed_ports', 'env'];
const UNSUPPORTED = ['entrypoint', 'with_files', 'with_volumes', 'volumes'];

function services(tool: MapNode, findings: Findings): YamlNode[] {
  return findings.items(tool, 'with_services').flatMap((item) => {
    const name = findings.text(item, 'name');
    const image = findings.text(item, 'image');
    if (item.kind !== 'map' || name === undefined || image === undefined) {
      findings.shape(item, 'a service needs a `name` and an `image`');
      return [];
    }
    for (const key of UNSUPPORTED) {
      const found = entry(item, key);
      if (found) findings.unsupported(found, 'of a service is not supported');
    }
    findings.otherKeys(item, [...SERVICE_KEYS, ...UNSUPPORTED], []);
    const env = field(item, 'env');
    const values = env?.kind === 'map' ? [...translateValues(env, findings)] : [];
    const ports = findings.items(item, 'exposed_ports');
    return [
      mapping(item, [
        ['name', name],
        ['image', image],
        ['ports', filled(sequence(field(item, 'exposed_ports') ?? item, ports))],
        ['env', filled(mapping(env ?? item, values))],
      ]),
    ];
  });
}
