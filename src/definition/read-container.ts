import { field, listItems, textField, type YamlNode } from '../text/node.ts';
import type { Location } from '../text/problem.ts';
import type { SourceFile } from '../text/source.ts';

/** What a tool's steps want of their container, beside its image. */
export interface Container {
  readonly at: Location;
  /** Where files are put. */
  readonly files: readonly string[];
  readonly volumes: readonly { readonly name: string; readonly path: string }[];
  readonly services: readonly { readonly name: string; readonly image: string }[];
  readonly entrypoint: readonly string[];
  readonly dependencies: readonly string[];
  readonly build?: string;
}

/** Tolerant, as `readTool`. */
export function readContainer(node: YamlNode, source: SourceFile): Container {
  const texts = (key: string) =>
    listItems(field(node, key)).flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  const parts = (key: string) => listItems(field(node, key));
  const build = textField(node, 'build');
  return {
    at: { source, range: node.range },
    files: parts('files').map((file) => textField(file, 'path') ?? ''),
    volumes: parts('volumes').map((one) => ({
      name: textField(one, 'name') ?? '',
      path: textField(one, 'path') ?? '',
    })),
    services: parts('services').map((one) => ({
      name: textField(one, 'name') ?? '',
      image: textField(one, 'image') ?? '',
    })),
    entrypoint: texts('entrypoint'),
    dependencies: texts('dependencies'),
    ...(build !== undefined && { build }),
  };
}
