import { isName, type NameKind } from '../names.ts';
import { field, type MapEntry, type MapNode, mapEntries, type ScalarNode, type YamlNode } from '../text/node.ts';
import { type Problem, type ProblemCode, problem, type Severity } from '../text/problem.ts';
import type { SourceFile } from '../text/source.ts';
import { didYouMean } from '../text/suggestion.ts';
import { scalar } from './native.ts';

/** The findings of a translation about one document: every part that it drops is reported. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly #source: SourceFile;
  readonly #said = new Set<string>();
  readonly #meaningless = new Map<string, ScalarNode>();

  constructor(source: SourceFile) {
    this.#source = source;
  }

  say(code: ProblemCode, node: YamlNode, message: string, hint?: string, severity: Severity = 'error'): void {
    const at = { source: this.#source, range: node.range };
    this.problems.push(problem(code, message, { at, hint, severity }));
  }

  /** Reports once for each value of `words`: a cause that the file repeats in every tool needs one report. */
  once(
    words: string,
    code: ProblemCode,
    node: YamlNode,
    message: string,
    { hint, severity = 'warning' }: { readonly hint?: string | undefined; readonly severity?: Severity } = {},
  ): void {
    if (this.#said.has(`${code} ${words}`)) return;
    this.#said.add(`${code} ${words}`);
    this.say(code, node, message, hint, severity);
  }

  shape(node: YamlNode, message: string, hint?: string): void {
    this.say('kubiya/shape', node, message, hint);
  }

  /** @param why completes the sentence "`key` ...": the effect that the key does not have here */
  unsupported({ key }: MapEntry, why: string, hint = `remove \`${key.text}\``, severity: Severity = 'error'): void {
    this.say('kubiya/unsupported', key, `\`${key.text}\` ${why}`, hint, severity);
  }

  /**
   * Reports keys of a mapping that no reader used: known ones have no meaning here, and Kubiya silently drops the
   * others.
   */
  otherKeys(map: MapNode, known: readonly string[], meaningless: readonly string[]): void {
    for (const [name, { key, value }] of map.entries) {
      if (known.includes(name) || isEmpty(value)) continue;
      const longer = known.find((one) => name.endsWith(`_${one}`));
      const meant = longer === undefined ? didYouMean(name.replaceAll('-', '_'), known) : `did you mean "${longer}"?`;
      if (meaningless.includes(name)) this.#meaningless.set(name, this.#meaningless.get(name) ?? key);
      else
        this.once(name, 'kubiya/ignored', key, `Kubiya has no key "${name}", and drops it`, {
          hint: meant,
          severity: 'note',
        });
    }
  }

  /** Reports the keys without a meaning here, in one note for the whole document. */
  sayMeaningless(): void {
    const [first, ...others] = this.#meaningless.values();
    if (first === undefined) return;
    const names = [first, ...others].map(({ text }) => `\`${text}\``).join(', ');
    this.say(
      'kubiya/ignored',
      first,
      `${names} ${others.length === 0 ? 'means' : 'mean'} nothing here`,
      others.length === 0
        ? 'it can stay; `lockstep convert` leaves it out'
        : 'they can stay; `lockstep convert` leaves them out',
      'note',
    );
  }

  /** The text of a field; reports any other value and returns undefined. */
  text(map: YamlNode, key: string): ScalarNode | undefined {
    const node = field(map, key);
    if (node === undefined || isEmpty(node)) return undefined;
    if (node.kind === 'scalar') return scalar(node.text, node);
    this.shape(node, `\`${key}\` has to be text, not ${node.kind === 'map' ? 'a mapping' : 'a list'}`);
    return undefined;
  }

  items(map: YamlNode, key: string): readonly YamlNode[] {
    const node = field(map, key);
    if (node === undefined || isEmpty(node)) return [];
    if (node.kind === 'list') return node.items.filter((item) => !isNull(item));
    this.shape(node, `\`${key}\` has to be a list`, node.kind === 'scalar' ? `write it as [${node.text}]` : undefined);
    return [];
  }

  /** The items of a list that are texts; reports all others. */
  texts(map: YamlNode, key: string): ScalarNode[] {
    return this.items(map, key).flatMap((item) => {
      if (item.kind === 'scalar') return [scalar(item.text, item)];
      this.shape(item, `an item of \`${key}\` has to be text`);
      return [];
    });
  }

  /** Converts a name that Kubiya accepts into the form that is valid here. */
  legal(node: ScalarNode, kind: NameKind, what: string): ScalarNode {
    const name = legalName(node.text, kind);
    if (isName(kind, node.text) || !isName(kind, name)) {
      this.name(node, kind, what);
      return node;
    }
    if (!this.#said.has(`name ${node.text}`))
      this.say('kubiya/ignored', node, `"${node.text.slice(0, 60)}" is called ${name} here`, undefined, 'note');
    this.#said.add(`name ${node.text}`);
    return scalar(name, node);
  }

  /** Whether the text is a valid name. If not, reports it with a valid name to use instead. */
  name(node: ScalarNode, kind: NameKind, what: string): boolean {
    if (isName(kind, node.text)) return true;
    const legal = legalName(node.text, kind);
    this.shape(
      node,
      `"${node.text.slice(0, 60)}" is not a valid name for ${what}`,
      isName(kind, legal) ? `write it as ${legal}${kind === 'secret' ? `; ${storeHint(legal)}` : ''}` : undefined,
    );
    return false;
  }
}

/** How to store a secret in the vault. */
export function storeHint(secret: string): string {
  return `\`lockstep secret set ${secret}\` stores it`;
}

export function isNull(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** What Kubiya's exports write for "nothing": null, '', false, [] and {}. */
export function isEmpty(node: YamlNode): boolean {
  if (node.kind === 'scalar') return node.value === null || node.value === '' || node.value === false;
  return node.kind === 'map' ? node.entries.size === 0 : node.items.length === 0;
}

/** The entry of a key, unless its value is empty. */
export function entry(map: YamlNode, key: string): MapEntry | undefined {
  const [, found] = mapEntries(map).find(([name]) => name === key) ?? [];
  return found === undefined || isEmpty(found.value) ? undefined : found;
}

/** Returns a valid name unchanged. */
export function legalName(text: string, kind: NameKind): string {
  const spelt = kind === 'secret' || kind === 'variable' ? text.replace(/\W+/g, '_') : text.replace(/[^\w-]+/g, '-');
  const trimmed = spelt.replace(/^[^A-Za-z]+|-+$/g, '').slice(0, 64);
  return kind === 'definition' || kind === 'slug' ? trimmed.toLowerCase() : trimmed;
}
