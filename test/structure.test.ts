import { describe, expect, test } from 'vitest';
import {
  FLOORS,
  OUTSIDE_CHECKOUT,
  PUBLIC_TYPES,
  PUBLIC_VALUES,
  REVEALING_FILES,
  ROOMS,
  VENDORS,
} from './structure/house.ts';
import * as laws from './structure/laws.ts';
import { type SourceUnit, sourceUnit, sourceUnits } from './structure/source-unit.ts';
import { tokensOf } from './structure/tokens.ts';

interface Case {
  readonly law: laws.Law;
  /** File sets that break it, with what has to be said of them. */
  readonly broken: readonly (readonly [files: Readonly<Record<string, string>>, said: RegExp])[];
}

const revealing = Object.fromEntries(REVEALING_FILES.map((path) => [path, 'value.reveal()']));

const opening = Object.fromEntries(Object.keys(OUTSIDE_CHECKOUT).map((path) => [path, "import 'node:fs';"]));

const CASES: Readonly<Record<string, Case>> = {
  'a file imports only from lower floors, or from its own folder': {
    law: laws.floors,
    broken: [
      [
        { 'vault/a.ts': "import { b } from '../run/b.ts';" },
        /^vault\/a\.ts:1: imports run\/b\.ts, which stands higher/,
      ],
      [{ 'text/a.ts': "\nimport type { B } from '../process/b.ts';" }, /^text\/a\.ts:2: .* stands beside it/],
      [{ 'process/a.ts': "export * from '../text/b.ts';" }, /stands beside it/],
      [{ 'definition/a.ts': "const b = await import('../vault/b.ts');" }, /stands beside it/],
      [{ 'plan/a.ts': "import type { B } from '../vault/b.ts';" }, /without a key/],
      [{ 'plan/a.ts': "let b: import('../vault/b.ts').B;" }, /without a key/],
      [{ 'util/a.ts': "export { b } from '../names-of/b.ts';" }, /stands on no floor/],
      [{ 'drawer/a.ts': "import '../errors.ts';" }, /stands on no floor/],
      [{ 'index.ts': "import { c } from './cli/c.ts';" }, /stands higher/],
      [{ 'names.ts': "import { c } from './errors.ts';" }, /stands beside it/],
    ],
  },
  'a file imports only from its own room, or from lower rooms of its floor': {
    law: laws.rooms,
    broken: [
      [
        { 'vault/age/a.ts': "import { b } from '../trust/b.ts';" },
        /^vault\/age\/a\.ts:1: imports vault\/trust\/b\.ts, which stands in a higher room/,
      ],
      [{ 'project/runs/a.ts': "import type { B } from '../checking/b.ts';" }, /in a room beside it/],
      [{ 'vault/trust/a.ts': "await import('../vault.ts');" }, /in a higher room/],
      [{ 'run/event.ts': "import { b } from './step/b.ts';" }, /in a higher room/],
    ],
  },
  'a relative import names a file as it is': {
    law: laws.resolvable,
    broken: [
      [{ 'run/a.ts': "import { b } from './b';" }, /no file/],
      [{ 'run/a.ts': "import { b } from './b.js';" }, /no file/],
    ],
  },
  'no file is imported by what it imports, not even for a type': {
    law: laws.noCycles,
    broken: [
      [
        { 'run/a.ts': "import { b } from './b.ts';", 'run/b.ts': "import type { A } from './a.ts';" },
        /run\/a\.ts -> run\/b\.ts -> run\/a\.ts/,
      ],
      [
        {
          'run/a.ts': "import { b } from './b.ts';",
          'run/b.ts': "export * from './c.ts';",
          'run/c.ts': "await import('./a.ts');",
        },
        /run\/a\.ts -> run\/b\.ts -> run\/c\.ts -> run\/a\.ts/,
      ],
    ],
  },
  'every process is started in one file': {
    law: laws.oneStarter,
    broken: [[{ 'process/a.ts': "import { spawn } from 'node:child_process';" }, /go through process\/start\.ts/]],
  },
  'each package is imported behind its fence': {
    law: laws.vendorFences,
    broken: [
      [
        { 'run/a.ts': "import { parse } from 'yaml';" },
        /imports yaml, which only text\/document\.ts, text\/format\.ts may/,
      ],
      [{ 'run/a.ts': "import type { E } from 'ajv/dist/x.js';" }, /imports ajv,/],
      [{ 'project/a.ts': "const { seal } = await import('age-encryption');" }, /imports age-encryption,/],
      [{ 'run/a.ts': "import '@oclif/core/flags';" }, /imports @oclif\/core,/],
      [{ 'run/a.ts': "import left from 'left-pad';" }, /imports left-pad: no package/],
      [{ 'run/a.ts': "import fs from 'fs';" }, /imports fs: no package/],
    ],
  },
  'definition and plan read nothing of the world': {
    law: laws.pureFloors,
    broken: [
      [{ 'plan/a.ts': "import { readFileSync } from 'node:fs';" }, /handed to it as data/],
      [{ 'definition/rules/a.ts': "import { hostname } from 'node:os';" }, /handed to it as data/],
      [{ 'definition/a.ts': "import { createHash } from 'node:crypto';" }, /handed to it as data/],
    ],
  },
  'environment, folder, clock, chance and streams are read in the listed files': {
    law: laws.ambientWorld,
    broken: [
      [{ 'run/a.ts': 'const x = process.env.HOME;' }, /^run\/a\.ts:1: reads process\.env/],
      [{ 'run/a.ts': 'const x = `${process.cwd()}/x`;' }, /reads process\.cwd/],
      [{ 'run/a.ts': 'const { env } = process;' }, /reads process/],
      [{ 'run/a.ts': "process['env']" }, /reads process/],
      [{ 'run/a.ts': 'Date.now()' }, /reads Date\.now/],
      [{ 'run/a.ts': 'new Date()' }, /reads new Date/],
      [{ 'run/a.ts': 'new Date' }, /reads new Date/],
      [{ 'run/a.ts': 'monotonicMs()' }, /reads monotonicMs/],
      [{ 'run/a.ts': 'performance.now()' }, /reads performance\.now/],
      [{ 'run/a.ts': 'Math.random()' }, /reads Math\.random/],
      [{ 'run/a.ts': 'globalThis.x' }, /reads globalThis/],
    ],
  },
  'secret values are opened in the listed files': {
    law: laws.revealingFiles,
    broken: [
      [{ ...revealing, 'run/a.ts': 'use(value.reveal());' }, /^run\/a\.ts:1: opens a secret value/],
      [{ ...revealing, 'run/a.ts': 'values.map(value?.reveal)' }, /opens a secret value/],
      [{ 'run/a.ts': '' }, /is listed as opening secret values, and does not/],
    ],
  },
  'exports have names': {
    law: laws.noDefaultExports,
    broken: [[{ 'run/a.ts': 'export default class A {}' }, /exports a default/]],
  },
  'nothing is of type any': {
    law: laws.noAny,
    broken: [
      [{ 'run/a.ts': 'let a: any;' }, /says `any`/],
      [{ 'run/a.ts': 'a as any' }, /says `any`/],
      [{ 'run/a.ts': 'let a: Record<string, any>;' }, /says `any`/],
      [{ 'run/a.ts': 'let a: Array<any>;' }, /says `any`/],
      [{ 'run/a.ts': 'let a: any[];' }, /says `any`/],
    ],
  },
  'nothing is said to be there without being shown': {
    law: laws.noNonNull,
    broken: [
      [{ 'run/a.ts': 'a!.b' }, /asserts with/],
      [{ 'run/a.ts': 'a.b()!;' }, /asserts with/],
      [{ 'run/a.ts': 'a[0]! + 1' }, /asserts with/],
      [{ 'run/a.ts': 'class A { b!: string }' }, /asserts with/],
      [{ 'run/a.ts': '`${a!}`' }, /asserts with/],
    ],
  },
  'files are named for what is in them': {
    law: laws.noDrawers,
    broken: [
      [{ 'run/utils.ts': '' }, /named for a drawer/],
      [{ 'vault/types.ts': '' }, /named for a drawer/],
      [{ 'helpers.ts': '' }, /named for a drawer/],
      [{ 'run/index.ts': '' }, /named for a drawer/],
    ],
  },
  [`no file is longer than ${laws.LONGEST_FILE} lines`]: {
    law: laws.shortFiles,
    broken: [[{ 'run/a.ts': 'x\n'.repeat(laws.LONGEST_FILE + 1) }, /has 251 lines/]],
  },
  'files of a checkout are opened beneath its root, through no link': {
    law: laws.checkoutAccess,
    broken: [
      [
        { ...opening, 'project/a.ts': "import { readFileSync } from 'node:fs';" },
        /^project\/a\.ts:1: .* follows links/,
      ],
      [{ ...opening, 'vault/a.ts': "import { open } from 'node:fs/promises';" }, /follows links/],
      [{ ...opening, 'cli/a.ts': "const fs = await import('node:fs');" }, /follows links/],
      [{ ...opening, 'project/a.ts': "import { replaceFile } from '../util/atomic-file.ts';" }, /follows links/],
      [
        { ...opening, 'project/repository/git-dir.ts': '' },
        /^project\/repository\/git-dir\.ts: is listed as opening paths, and does not/,
      ],
    ],
  },
  'what is imported can be read from the text': {
    law: laws.literalImports,
    broken: [
      [{ 'run/a.ts': 'await import(name)' }, /only a run knows/],
      [{ 'run/a.ts': 'await import(`./x.ts`)' }, /only a run knows/],
      [{ 'run/a.ts': "const x = require('x');" }, /requires/],
      [{ 'run/a.ts': 'const x = createRequire(import.meta.url);' }, /requires/],
    ],
  },
};

const units = sourceUnits();

describe.each(Object.entries(CASES))('%s', (_, { law, broken }) => {
  test('holds for src/', () => {
    expect(law(units)).toEqual([]);
  });

  test.each(broken)('is seen to be broken by %j', (files, said) => {
    expect(law(fake(files)).join('\n')).toMatch(said);
  });
});

function fake(files: Readonly<Record<string, string>>): SourceUnit[] {
  return Object.entries(files).map(([path, text]) => sourceUnit(path, text));
}

describe('the rules of structure', () => {
  test('see the existing files', () => {
    expect(units.length).toBeGreaterThan(100);
    expect(units.flatMap((unit) => unit.imports).length).toBeGreaterThan(300);
    const folders = new Set(units.map(({ path }) => path.split('/')[0] ?? ''));
    for (const folder of folders) expect(FLOORS.flat(), 'a folder of src/ that stands on no floor').toContain(folder);
  });

  test('name every folder of a floor that has rooms, and only rooms that exist', () => {
    const paths = units.map(({ path }) => path);
    for (const [floor, levels] of Object.entries(ROOMS)) {
      for (const name of levels.flat())
        expect(
          paths.some((path) => path === `${floor}/${name}` || path.startsWith(`${floor}/${name}/`)),
          `${floor}/${name}`,
        ).toBe(true);
      const folders = paths.map((path) => path.split('/')).filter(([first, , rest]) => first === floor && rest);
      for (const [, folder, inner] of folders) {
        const own = levels.flat().some((name) => name === folder || name === `${folder}/${inner}`);
        expect(own, `${floor}/${folder}: a room without a level`).toBe(true);
      }
    }
  });

  test('do not take text and comments for code', () => {
    const text = [
      "// import { a } from '../run/a.ts'; process.env",
      '/* export default any */',
      'const a = \'import x from "y"; process.env; a!\';',
      'const b = `Date.now() ${c /* x! */} new Date()`;',
      'const d = /process.env!/g.test(e) ? !f : g !== h;',
      'if (!i) return !j;',
      'const [, any, k] = l;',
    ].join('\n');
    const unit = [sourceUnit('run/a.ts', text)];
    const all = [laws.floors, laws.vendorFences, laws.ambientWorld, laws.noDefaultExports, laws.noAny, laws.noNonNull];
    expect(all.flatMap((law) => law(unit))).toEqual([]);
  });

  test('read templates within templates', () => {
    const words = tokensOf('a(`x ${b({ c: `y ${d} z` })} w`); e').filter(({ kind }) => kind === 'word');
    expect(words.map(({ text }) => text)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('name only packages that are used', () => {
    const used = new Set(units.flatMap((unit) => unit.imports.map(({ specifier }) => specifier)));
    const idle = Object.keys(VENDORS).filter(
      (name) => ![...used].some((one) => one === name || one.startsWith(`${name}/`)),
    );
    expect(idle, 'remove it from test/structure/house.ts, and from package.json').toEqual([]);
  });
});

describe('the library', () => {
  test('exports the listed values', async () => {
    expect(Object.keys(await import('../src/index.ts')).sort()).toEqual(PUBLIC_VALUES);
  });

  test('exports the listed types', () => {
    const text = units.find(({ path }) => path === 'index.ts')?.text ?? '';
    const declared = [...text.matchAll(/^export (?:interface|type) (\w+)/gm)].map(([, name = '']) => name);
    const passedOn = [...text.matchAll(/^export (type )?\{([^}]*)\}/gm)].flatMap(([, all, names = '']) =>
      names.split(',').flatMap((one) => {
        const [, isType, name] = /^\s*(type )?(\w+)\s*$/.exec(one) ?? [];
        return name !== undefined && (all || isType) ? [name] : [];
      }),
    );
    expect([...declared, ...passedOn].sort()).toEqual(PUBLIC_TYPES);
  });
});
