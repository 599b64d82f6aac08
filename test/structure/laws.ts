import {
  ALLOWED_AMBIENT,
  CHECKOUT_FLOORS,
  FLOORS,
  FORBIDDEN,
  OUTSIDE_CHECKOUT,
  OVERLONG_FILES,
  PLAIN_ACCESS,
  REVEALING_FILES,
  ROOMS,
  VENDORS,
} from './house.ts';
import type { Import, SourceUnit } from './source-unit.ts';
import { endsValue, type Token } from './tokens.ts';

/** Each law gives one line for every place where it is broken: `path:line: what, and what to do`. */
export type Law = (units: readonly SourceUnit[]) => string[];

export const floors: Law = (units) =>
  eachImport(units, (unit, { file }) => {
    if (file === undefined) return undefined;
    const [from, to] = [floorOf(unit.path), floorOf(file)];
    if (from === undefined) return `${unit.path} stands on no floor: name its folder in test/structure/house.ts`;
    if (to === undefined) return `imports ${file}, which stands on no floor`;
    if (folderOf(unit.path) === folderOf(file)) return undefined;
    if (to >= from)
      return `imports ${file}, which stands ${to > from ? 'higher' : 'beside it'}: turn the dependency round, or move what is shared down`;
    const forbidden = FORBIDDEN.find(([upper, lower]) => folderOf(unit.path) === upper && folderOf(file) === lower);
    return forbidden && `imports ${file}: ${forbidden[2]}`;
  });

export const rooms: Law = (units) =>
  eachImport(units, (unit, { file }) => {
    if (file === undefined || file.includes('/generated/') || folderOf(unit.path) !== folderOf(file)) return undefined;
    const [from, to] = [roomOf(unit.path), roomOf(file)];
    if (from.name === to.name || to.level < from.level) return undefined;
    const where = to.level > from.level ? 'in a higher room' : 'in a room beside it';
    return `imports ${file}, which stands ${where}: turn the dependency round, or move what is shared down`;
  });

export const resolvable: Law = (units) => {
  const known = new Set(units.map(({ path }) => path));
  return eachImport(units, (_, { specifier, file }) => {
    if (file === undefined || file.includes('/generated/')) return undefined;
    return known.has(file) ? undefined : `imports ${specifier}, which is no file: relative imports end in .ts`;
  });
};

export const noCycles: Law = (units) => {
  const graph = new Map(
    units.map(({ path, imports }) => [path, imports.flatMap(({ file }) => (file === undefined ? [] : [file]))]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path))
      found.push(
        `${path}: is imported by what it imports: ${[...above.slice(above.indexOf(path)), path].join(' -> ')}`,
      );
    if (done.has(path) || above.includes(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...above, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
};

export const vendorFences: Law = (units) =>
  eachImport(units, ({ path }, { specifier }) => {
    if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    const fence = VENDORS[name];
    if (fence === undefined)
      return `imports ${name}: no package has a place without a fence in test/structure/house.ts`;
    return fence.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))
      ? undefined
      : `imports ${name}, which only ${fence.join(', ')} may: go through what that exports`;
  });

export const oneStarter: Law = (units) =>
  eachImport(units, (_, { specifier }) =>
    specifier === 'node:child_process' ? 'starts processes by itself: go through process/start.ts' : undefined,
  );

/** Definition and plan are pure: given texts and facts, they give the same answer on every machine at every hour. */
export const pureFloors: Law = (units) =>
  eachImport(
    units.filter(({ path }) => /^(definition|plan)\//.test(path)),
    ({ path }, { specifier }) =>
      !specifier.startsWith('node:') || (path === 'definition/model/digest.ts' && specifier === 'node:crypto')
        ? undefined
        : `imports ${specifier}: what a definition or a plan needs of the world is handed to it as data`,
  );

/** A committed link must not choose which file of the machine is read or written. */
export const checkoutAccess: Law = (units) => {
  const opensPaths = ({ specifier, file }: Import) =>
    /^node:fs(?:\/promises)?$/.test(specifier) || PLAIN_ACCESS.includes(file ?? '');
  const strangers = eachImport(
    units.filter(({ path }) => CHECKOUT_FLOORS.includes(folderOf(path)) && OUTSIDE_CHECKOUT[path] === undefined),
    (_, one) =>
      opensPaths(one)
        ? `imports ${one.specifier}, which follows links: go through util/beneath.ts, or list the file in test/structure/house.ts`
        : undefined,
  );
  const idle = Object.keys(OUTSIDE_CHECKOUT).filter(
    (path) => !units.some((unit) => unit.path === path && unit.imports.some(opensPaths)),
  );
  return [...strangers, ...idle.map((path) => `${path}: is listed as opening paths, and does not: shorten the list`)];
};

export const ambientWorld: Law = (units) =>
  units.flatMap((unit) =>
    unit.tokens.flatMap((_, index) => {
      const what = ambientAt(unit.tokens, index);
      if (what === undefined || ALLOWED_AMBIENT[what]?.includes(unit.path)) return [];
      return [
        said(
          unit,
          unit.tokens[index],
          `reads ${what}: let it be handed down, or list the file in test/structure/house.ts`,
        ),
      ];
    }),
  );

export const revealingFiles: Law = (units) => {
  const calling = units.flatMap((unit) =>
    unit.tokens.flatMap((token, index) =>
      token.text === 'reveal' && /^\??\.$/.test(unit.tokens[index - 1]?.text ?? '') ? [{ unit, token }] : [],
    ),
  );
  const strangers = calling.filter(({ unit }) => !REVEALING_FILES.includes(unit.path));
  const idle = REVEALING_FILES.filter((path) => !calling.some(({ unit }) => unit.path === path));
  return [
    ...strangers.map(({ unit, token }) =>
      said(unit, token, 'opens a secret value: only the files listed in test/structure/house.ts may'),
    ),
    ...idle.map((path) => `${path}: is listed as opening secret values, and does not: shorten the list`),
  ];
};

/** oclif finds a command by the default export of its file. */
export const noDefaultExports: Law = (units) =>
  eachToken(
    units.filter(({ path }) => !path.startsWith('cli/commands/')),
    (tokens, index) =>
      tokens[index]?.text === 'default' && tokens[index - 1]?.text === 'export'
        ? 'exports a default: give it a name'
        : undefined,
  );

export const noAny: Law = (units) =>
  eachToken(units, (tokens, index) => {
    if (tokens[index]?.text !== 'any' || tokens[index]?.kind !== 'word') return undefined;
    const before = tokens[index - 1]?.text ?? '';
    const inList = before === ',' && tokens[index + 1]?.text === '>';
    return inList || [':', '<', '|', '&', 'as', 'is', 'extends'].includes(before)
      ? 'says `any`: say what it is, or `unknown`'
      : undefined;
  });

export const noNonNull: Law = (units) =>
  eachToken(units, (tokens, index) =>
    tokens[index]?.kind === 'mark' &&
    tokens[index]?.text === '!' &&
    endsValue(tokens[index - 1]) &&
    !opensCondition(tokens, index - 1)
      ? 'asserts with `!` that something is there: show it'
      : undefined,
  );

export const noDrawers: Law = (units) =>
  units.flatMap(({ path }) =>
    /(^|\/)(utils?|types?|helpers?|common|misc|shared|index)\.[a-z]+$/.test(path) &&
    !['index.ts', 'definition/rules/index.ts'].includes(path)
      ? [`${path}: is named for a drawer and not for what is in it`]
      : [],
  );

export const LONGEST_FILE = 250;

export const shortFiles: Law = (units) =>
  units.flatMap(({ path, text }) => {
    const lines = text.replace(/\n$/, '').split('\n').length;
    const limit = OVERLONG_FILES[path] ?? LONGEST_FILE;
    return lines > limit ? [`${path}: has ${lines} lines, more than ${limit}: give the new concept a file`] : [];
  });

export const literalImports: Law = (units) =>
  eachToken(units, (tokens, index) => {
    const { text } = tokens[index] ?? {};
    const next = tokens[index + 1]?.text;
    if (text === 'import' && next === '(' && tokens[index + 2]?.kind !== 'string')
      return 'imports what only a run knows: no law can be held over it';
    const requires = text === 'createRequire' || (text === 'require' && tokens[index + 2]?.kind === 'string');
    return requires && next === '(' ? 'requires: import it' : undefined;
  });

function ambientAt(tokens: readonly Token[], index: number): string | undefined {
  const at = (offset: number) => tokens[index + offset]?.text ?? '';
  if (tokens[index]?.kind !== 'word' || tokens[index - 1]?.text === '.') return undefined;
  if (at(0) === 'process')
    return /^\??\.$/.test(at(1)) ? `process.${at(2)}` : at(1) === '[' || at(-1) === '=' ? 'process' : undefined;
  if (['Date', 'Math', 'performance'].includes(at(0)) && at(1) === '.' && ['now', 'random'].includes(at(2)))
    return `${at(0)}.${at(2)}`;
  if (at(0) === 'Date' && at(-1) === 'new' && at(1) !== '(') return 'new Date()';
  if (at(0) === 'Date' && at(-1) === 'new' && at(2) === ')') return 'new Date()';
  return ['globalThis', 'monotonicMs'].includes(at(0)) ? at(0) : undefined;
}

/** The `)` of `if (x) !y` ends no value; nothing of ours is written so, but for it to be told apart costs little. */
function opensCondition(tokens: readonly Token[], close: number): boolean {
  if (tokens[close]?.text !== ')') return false;
  let open = 0;
  for (let index = close; index >= 0; index--) {
    if (tokens[index]?.text === ')') open++;
    if (tokens[index]?.text === '(' && --open === 0) return /^(if|while|for)$/.test(tokens[index - 1]?.text ?? '');
  }
  return false;
}

function folderOf(path: string): string {
  return path.includes('/') ? (path.split('/')[0] ?? '') : path;
}

function floorOf(path: string): number | undefined {
  const floor = FLOORS.findIndex((names) => names.includes(folderOf(path)));
  return floor === -1 ? undefined : floor;
}

function roomOf(path: string): { readonly name: string; readonly level: number } {
  const floor = folderOf(path);
  const [room = { name: '', level: -1 }] = (ROOMS[floor] ?? [])
    .flatMap((names, level) => names.map((name) => ({ name, level })))
    .filter(({ name }) => path === `${floor}/${name}` || path.startsWith(`${floor}/${name}/`))
    .sort((one, other) => other.name.length - one.name.length);
  return room;
}

function eachImport(
  units: readonly SourceUnit[],
  judge: (unit: SourceUnit, one: Import) => string | undefined,
): string[] {
  return units.flatMap((unit) =>
    unit.imports.flatMap((one) => {
      const fault = judge(unit, one);
      return fault === undefined ? [] : [said(unit, one, fault)];
    }),
  );
}

function eachToken(
  units: readonly SourceUnit[],
  judge: (tokens: readonly Token[], index: number) => string | undefined,
): string[] {
  return units.flatMap((unit) =>
    unit.tokens.flatMap((token, index) => {
      const fault = judge(unit.tokens, index);
      return fault === undefined ? [] : [said(unit, token, fault)];
    }),
  );
}

function said({ path }: SourceUnit, at: { readonly line: number } | undefined, fault: string): string {
  return `${path}:${at?.line ?? 1}: ${fault}`;
}
