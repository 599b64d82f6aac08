import { ARITHMETIC, INDEX } from '../flow/followed-script.ts';
import { isReadByOthers } from '../flow/other-shells.ts';
import { pythonSpots } from '../languages/python.ts';
import { limitsIn } from '../languages/runs-texts.ts';
import { constantText, documentText, roughText } from '../syntax/cooked-text.ts';
import { structureOf } from '../syntax/json-place.ts';
import type { HereDoc, SyntaxNode, Word } from '../syntax/shell-tree.ts';
import type { HoleSpot, Marker } from '../template/marker.ts';
import { argumentPlace } from './argument-place.ts';
import { documentPlace, unquotedDocument } from './document-place.ts';
import { expansionPlace } from './expansion-place.ts';
import { holeContextOf, isComment, near } from './hole-context.ts';
import {
  type Edit,
  type HoleContext,
  holderWord,
  numberAt,
  type Place,
  placeAt,
  quoteName,
  refusedAt,
  type Texts,
  writerIn,
} from './place.ts';
import { DEEPEST, ShellAnalysis, type ShellKind } from './shell-analysis.ts';

/** The places of all holes of a script, and the changes of its own text that the references there need. */
export interface ShellPlaces {
  readonly places: readonly Place[];
  readonly edits: readonly Edit[];
  /** Why the script cannot be read; there are no places then. */
  readonly fault?: string;
}

export function shellPlaces(text: string, marker: Marker, kind: ShellKind, depth = 0): ShellPlaces {
  const analysis = new ShellAnalysis(text, marker, kind, depth);
  if (analysis.fault !== undefined) return { places: [], edits: [], fault: analysis.fault };
  const texts = textsOf(analysis);
  const documents = new Map<HereDoc, Edit[]>();
  const places = marker.findAll(text).map((spot) => {
    const on = holeContextOf(spot, analysis, texts);
    const place = on === undefined ? lost(spot, analysis, texts) : placeOfHole(on);
    const document = on?.path[on.holderAt + 1];
    if (on !== undefined && document?.type === 'HereDoc' && place.how === 'reference' && !documents.has(document))
      documents.set(document, unquotedDocument(document, on));
    return place;
  });
  return { places, edits: [...documents.values()].flat() };
}

/** In no text of the script: a comment. */
function lost(spot: HoleSpot, analysis: ShellAnalysis, texts: Texts): Place {
  const on: HoleContext = {
    ...spot,
    analysis,
    texts,
    path: [],
    quote: 'bare',
    holder: undefined,
    holderAt: -1,
    whole: false,
  };
  return isComment(on) ? placeAt(on, 'comment', 'comment') : refusedAt(on, 'uncertain', 'its place is not certain');
}

function placeOfHole(on: HoleContext): Place {
  const { analysis, path, start } = on;
  const [leaf] = path;
  if (leaf === undefined) return refusedAt(on, 'uncertain', 'its place is not certain');
  if (analysis.tree.isDecoded(leaf)) return refusedAt(on, 'backticks', 'backticks are nested: write $( ) instead');
  if (!analysis.tree.isChildless(leaf) && isComment(on)) return placeAt(on, 'comment', 'comment');
  const backslashes = /\\*$/.exec(analysis.tree.text.slice(Math.max(0, start - 1000), start))?.[0].length ?? 0;
  if (on.quote !== 'SingleQuoted' && backslashes % 2 === 1)
    return refusedAt(on, 'after a backslash', 'it follows a backslash');
  return namePlace(on, leaf) ?? numberPlace(on) ?? wordPlace(on);
}

/** The shell gives these characters a meaning. */
function namePlace(on: HoleContext, leaf: SyntaxNode): Place | undefined {
  if (/^(?:SimpleExpansion|ParameterExpansion|Assignment|FileDescriptorVariable)$/.test(leaf.type))
    return refusedAt(on, 'name of a variable', 'it would name a variable');
  if (leaf.type === 'HereDocDelimiter') return refusedAt(on, 'delimiter', 'it would end a here-document');
  if (near(on.path, ({ type }) => /^(?:Glob|ExtendedGlob|BraceExpansion)$/.test(type)) !== undefined)
    return refusedAt(on, 'inside a pattern', 'it would change a pattern');
  if (on.quote === 'AnsiCQuoted' && on.analysis.kind === 'sh')
    return refusedAt(on, "in $'...' under sh", "shells read $'...' differently: say `shell: bash`");
  return undefined;
}

function numberPlace(on: HoleContext): Place | undefined {
  const { path, holder, holderAt } = on;
  if (holder?.type === 'ArithmeticWord') return numberAt(on, 'arithmetic', ARITHMETIC);
  const paramAt = path.findIndex(({ type }) => type === 'ParameterExpansion');
  const param = path[paramAt];
  const isNear = near(path, (node) => node === param) !== undefined;
  if (param?.type === 'ParameterExpansion' && isNear) return expansionPlace(on, param, paramAt);
  const parent = path[holderAt + 1];
  if (parent?.type === 'Assignment' && parent.index === holder) return numberAt(on, 'index of an array', INDEX);
  return undefined;
}

function wordPlace(on: HoleContext): Place {
  const { holder, path, holderAt, analysis } = on;
  if (holder?.type === 'HereDocBody') return documentPlace(on);
  const word = holderWord(on);
  const parent = path[holderAt + 1];
  if (word === undefined || parent === undefined) return refusedAt(on, 'uncertain', 'its place is not certain');
  const fault = analysis.kind === 'sh' ? faultUnderSh(on, word, parent) : undefined;
  if (fault !== undefined) return refusedAt(on, 'syntax of bash under sh', fault);
  switch (parent.type) {
    case 'TestBinary':
    case 'TestUnary':
      return testPlace(on, parent);
    case 'Case':
      return placeAt(on, 'word of case', 'reference');
    case 'CaseItem':
      return placeAt(on, 'pattern of case', 'reference');
    case 'HereString':
      return placeAt(on, 'here-string', 'reference', on.texts.structure(word)(on.hole));
    case 'Redirect':
      return filePlace(on, word, parent.operator);
    case 'Assignment':
      return valuePlace(on, word);
    case 'ArrayValue':
      if (/^\[[^\]]*$/.test(analysis.tree.text.slice(word.pos, on.start)))
        return numberAt(on, 'index of an array', INDEX);
      return placeAt(on, ELEMENT, on.whole ? 'words' : 'reference');
    case 'For':
    case 'Select':
      if (parent.name === word) return refusedAt(on, 'name of a variable', 'it would name a variable');
      return placeAt(on, ITEM_OF_FOR, on.whole ? 'words' : 'reference');
    case 'Command':
      return argumentPlace(on, word, parent);
    default:
      return refusedAt(on, 'uncertain', 'its place is not certain');
  }
}

export const ELEMENT = 'element of an array';
export const ITEM_OF_FOR = 'list of for';

function testPlace(on: HoleContext, test: Extract<SyntaxNode, { type: 'TestBinary' | 'TestUnary' }>): Place {
  if (test.type === 'TestUnary' && /^-[vR]$/.test(test.operator))
    return refusedAt(on, 'name in [[ -v ]]', 'it would name a variable');
  const isNumber = test.type === 'TestBinary' && /^-(?:eq|ne|lt|le|gt|ge)$/.test(test.operator);
  const limits = isNumber ? [{ limit: 'integer', because: ARITHMETIC } as const] : [];
  return placeAt(on, isNumber ? 'number in [[ ]]' : 'text in [[ ]]', 'reference', {
    write: writerIn(on.quote),
    limits,
  });
}

function filePlace(on: HoleContext, word: Word, operator: string): Place {
  if (/[<>]&$/.test(operator))
    return placeAt(on, 'number of a file', 'reference', {
      limits: [{ limit: 'integer', because: 'it names an open file' }],
    });
  const before = on.analysis.tree.text.slice(word.pos, on.start);
  const limits = /\/dev\/$/.test(before)
    ? [{ limit: 'plain', because: 'bash opens connections by such names' } as const]
    : [];
  return placeAt(on, 'file of a redirection', 'reference', { limits });
}

function valuePlace(on: HoleContext, word: Word): Place {
  const structure = on.texts.structure(word)(on.hole);
  return placeAt(
    on,
    on.quote === 'bare' ? 'value of a variable' : `value of a variable, ${quoteName(on.quote)}`,
    'reference',
    structure,
  );
}

/** What dash reads otherwise, so that a word there would become a command. */
function faultUnderSh(on: HoleContext, word: Word, parent: SyntaxNode): string | undefined {
  const isLater = on.path.some(({ type }) => /^Test(?:Logical|Not|Group)$/.test(type));
  const begins =
    (parent.type === 'TestBinary' && parent.left === word) || (parent.type === 'TestUnary' && parent.pos === word.pos);
  if (isLater && begins) return 'other shells than bash would run it as a command: use [ ], or say `shell: bash`';
  if (parent.type === 'TestBinary' && isReadByOthers(parent))
    return 'other shells than bash would take a sign of it for a pipe or a redirection: say `shell: bash`';
  const both =
    parent.type === 'Command'
      ? parent.redirects.find((one) => one.type === 'Redirect' && one.operator.startsWith('&>'))
      : undefined;
  if (both !== undefined && both.pos < word.pos)
    return 'other shells than bash would run it as a command: write `> file 2>&1` instead of `&>`, or say `shell: bash`';
  return undefined;
}

function textsOf(analysis: ShellAnalysis): Texts {
  const { marker } = analysis.tree;
  return {
    structure: once((holder) => structureOf(holder.type === 'Word' ? roughText(holder) : documentText(holder), marker)),
    python: once((holder) => {
      const text = holder.type === 'Word' ? constantText(holder) : holder.body.text;
      const spots = (text === undefined ? null : pythonSpots(text, marker)) ?? [];
      const limitsAt = text === undefined ? () => [] : limitsIn(text, 'python', marker);
      return new Map(
        spots.flatMap((spot) =>
          spot.how === 'text' || spot.how === 'code' ? [[spot.hole, { ...spot, limits: limitsAt(spot.start) }]] : [],
        ),
      );
    }),
    script: once((word) => {
      if (analysis.depth >= DEEPEST) return undefined;
      const inner = shellPlaces(word.value, marker, 'sh', analysis.depth + 1);
      const isCertain = inner.fault === undefined && inner.edits.length === 0;
      return isCertain ? new Map(inner.places.map((place) => [place.hole, place])) : undefined;
    }),
  };
}

function once<K, V>(find: (key: K) => V): (key: K) => V {
  const known = new Map<K, { readonly value: V }>();
  return (key) => {
    const found = known.get(key) ?? { value: find(key) };
    known.set(key, found);
    return found.value;
  };
}
