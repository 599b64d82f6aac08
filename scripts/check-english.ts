/** Finds phrases that have to be read twice, and says how to write them. CONTRIBUTING.md ("How we write") has the rule. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import { createScanner } from 'typescript/unstable/ast/scanner';

interface Phrase {
  /** A regular expression; a space in it matches any white space, so that a phrase is found across lines. */
  readonly pattern: string;
  readonly plain: string;
  /** A sentence that it finds. */
  readonly example: string;
}

export const PHRASES: readonly Phrase[] = [
  {
    pattern: 'STARTOf (it|its|one|this|these|those|an?|the|such|what|all|each|every|who|several)\\b',
    plain: 'begin with the subject',
    example: 'Of it the schema speaks.',
  },
  {
    pattern: '(?<!there )\\b(is|are) none\\b(?! of)',
    plain: '"is not one", or name it: "is not a valid name"',
    example: 'the name is none',
  },
  {
    pattern: '(?<!there )\\b(is|are|was|were|be) no (?!longer\\b|more\\b|less\\b)[a-z]',
    plain: '"is not a ..."',
    example: '"x" is no name of a variable',
  },
  { pattern: '\\bwho(so)?ever\\b', plain: 'name the person or the process', example: 'the key of whoever holds it' },
  {
    pattern: '\\b(is|are|was|were|be|been|being) told\\b|\\btold (of|apart|from|about)\\b',
    plain: '"reports", "receives", "knows": name who does it',
    example: 'Node is told of the fault.',
  },
  {
    pattern: '\\b(is|are|was|were|be|been) (said|spoken|heard)\\b|\\bsaid of\\b',
    plain: '"reports", "prints": name who does it',
    example: 'nothing was said: deploy still waits',
  },
  {
    pattern: '\\bthat nobody\\b|\\bnobody (removes|is)\\b',
    plain: 'name who cannot, or "no one" as a last resort',
    example: 'nobody removes themselves',
  },
  {
    pattern: '\\bsomebody\\b',
    plain: 'name the person: "a user", "a member"',
    example: 'a value that somebody could read',
  },
  {
    pattern: '\\b(takes?|took|taken|taking) (it |them |this )?up\\b',
    plain: '"resumes", "reloads"',
    example: 'takes up a changed file',
  },
  {
    pattern: '\\b(goes|go|went|gone|going) on\\b',
    plain: '"continues", "is running"',
    example: 'the run X does not go on',
  },
  {
    pattern: '\\bstands? so\\b|\\bas (it|they) stands?\\b',
    plain: '"has this value", "unchanged"',
    example: 'only those that stand so',
  },
  { pattern: '\\b(there|here|where)(of|in|upon|with)\\b', plain: '"of it", "in it"', example: 'the holder thereof' },
  { pattern: '\\bthere (is|was) nothing to\\b', plain: '"nothing to ..."', example: 'so there is nothing to end' },
  { pattern: '\\bsuch (an? )?one\\b', plain: 'name the thing', example: 'one such, or such a one' },
  {
    pattern: 'STARTWhat (is|has|was|were|are|stands|may|can|cannot)\\b[^?]*?[.;]',
    plain: 'name the subject',
    example: 'What is advice stays.',
  },
  {
    pattern: 'START(One|Those) (that|of|which|whose|who)\\b',
    plain: 'name the subject',
    example: 'One whose forEach cannot be read fails.',
  },
  {
    pattern: '\\bis another (one|than)\\b',
    plain: '"differs", "has changed"',
    example: 'an image that is another one tomorrow',
  },
  { pattern: '\\bsays so\\b|\\bsay so\\b', plain: '"reports this", "sets this"', example: 'this one says so' },
  {
    pattern: '\\b(comes?|came) to (?!an end\\b|be\\b|life\\b)',
    plain: '"gives", "results in"',
    example: 'it comes to nothing',
  },
  { pattern: '\\bfor ever\\b', plain: '"forever", "indefinitely"', example: 'wait for each other for ever' },
  { pattern: '\\bin sight\\b', plain: '"visible", "here"', example: 'an output that nothing in sight writes' },
  { pattern: '(?<!@param )\\banew\\b', plain: '"again"', example: 'writes it anew' },
  { pattern: '\\bnothing but\\b', plain: '"only"', example: 'nothing but a shell' },
  {
    pattern: '\\b(speaks?|tells?|tell) of\\b',
    plain: '"mentions", "reports", "describes"',
    example: 'the limit that it tells of',
  },
  { pattern: '\\b(mends?|mended|mending)\\b', plain: '"fix"', example: 'nothing to mend' },
  { pattern: '\\bit hangs\\b|\\bhangs on\\b', plain: '"depends on"', example: 'it hangs on them' },
  { pattern: ', (say|to wit)[.,)]', plain: '"for example"', example: 'a flag, say.' },
];

/** Where a sentence begins. */
const START = /(?<=^\s*|[.:;] )/.source;

const COMPILED = PHRASES.map((phrase) => ({
  ...phrase,
  search: new RegExp(
    phrase.pattern.replace('START', START).replaceAll(' ', '\\s+'),
    phrase.pattern.startsWith('START') ? 'g' : 'gi',
  ),
}));

/** A stretch of prose, with what is not prose blanked out, so that offsets stay true. */
interface Prose {
  readonly start: number;
  readonly text: string;
}

export interface Hit {
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly plain: string;
}

/** @param path says how to read the text: TypeScript, JSON or Markdown */
export function findPhrases(path: string, text: string): Hit[] {
  const prose = /\.tsx?$/.test(path)
    ? proseOfCode(text)
    : path.endsWith('.json')
      ? proseOfJson(text)
      : proseOfMarkdown(text);
  const hits = prose.flatMap(({ start, text: piece }) =>
    COMPILED.flatMap(({ search, plain }) =>
      [...piece.matchAll(search)].map((match) => ({
        at: start + match.index,
        found: match[0].replace(/\s+/g, ' '),
        plain,
      })),
    ),
  );
  return hits
    .sort((a, b) => a.at - b.at)
    .map(({ at, found, plain }) => {
      const before = text.slice(0, at).split('\n');
      return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, found, plain };
    });
}

const STRINGS: readonly SyntaxKind[] = [
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
];
const TRIVIA: readonly SyntaxKind[] = [SyntaxKind.WhitespaceTrivia, SyntaxKind.NewLineTrivia];
/** After these a `/` divides; elsewhere it begins a regular expression. */
const VALUE_ENDS: readonly SyntaxKind[] = [
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
];

/** Comments, and strings of more than one word; line comments that follow each other are one piece. */
function proseOfCode(text: string): Prose[] {
  const prose: Prose[] = [];
  const scanner = createScanner(false, undefined, text);
  const templates: number[] = [];
  let previous = SyntaxKind.Unknown;
  let kind = scanner.scan();
  for (; kind !== SyntaxKind.EndOfFile; kind = scanner.scan()) {
    if (kind === SyntaxKind.CloseBraceToken && templates.at(-1) === 0) kind = scanner.reScanTemplateToken(false);
    if (kind === SyntaxKind.SlashToken && !VALUE_ENDS.includes(previous)) kind = scanner.reScanSlashToken();
    trackTemplates(templates, kind);
    const start = scanner.getTokenStart();
    const token = text.slice(start, scanner.getTokenEnd());
    const last = prose.at(-1);
    if (kind === SyntaxKind.SingleLineCommentTrivia) {
      const gap = last === undefined ? '' : text.slice(last.start + last.text.length, start);
      const joined = previous === kind && last !== undefined;
      if (joined) prose.pop();
      const piece = token.replace('//', '  ');
      prose.push(joined ? { start: last.start, text: last.text + gap + piece } : { start, text: piece });
    } else if (kind === SyntaxKind.MultiLineCommentTrivia)
      prose.push({ start, text: token.replace(/^\/\*+|\*\/$|(?<=\n\s*)\*/g, blank) });
    else if (STRINGS.includes(kind) && token.includes(' ')) prose.push({ start: start + 1, text: token.slice(1, -1) });
    if (!TRIVIA.includes(kind)) previous = kind;
  }
  return prose;
}

/** @param templates for each open template, how many braces are open in its `${}` */
function trackTemplates(templates: number[], kind: SyntaxKind): void {
  const open = templates.at(-1);
  if (kind === SyntaxKind.TemplateHead) templates.push(0);
  else if (kind === SyntaxKind.TemplateTail) templates.pop();
  else if (kind === SyntaxKind.OpenBraceToken && open !== undefined) templates.push((templates.pop() ?? 0) + 1);
  else if (kind === SyntaxKind.CloseBraceToken && open !== undefined) templates.push((templates.pop() ?? 0) - 1);
}

function proseOfJson(text: string): Prose[] {
  return [...text.matchAll(/"description": "((?:[^"\\]|\\.)*)"/g)].map((match) => ({
    start: match.index + '"description": "'.length,
    text: match[1] ?? '',
  }));
}

/** Paragraphs without their code. */
function proseOfMarkdown(text: string): Prose[] {
  const plain = text.replace(/^```.*?^```/gms, blank).replace(/`[^`\n]+`/g, (code) => '`'.repeat(code.length));
  return [...plain.matchAll(/(?:.+\n?)+/g)].map((match) => ({ start: match.index, text: match[0] }));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}

/** One line for each hit in the documents, the schemas and `src/`. */
export function checkRepository(root: string): string[] {
  const files = globSync(['*.md', 'docs/*.md', 'schemas/*.json', 'src/**/*.{ts,tsx}'], { cwd: root });
  return files
    .sort()
    .flatMap((file) =>
      findPhrases(file, readFileSync(join(root, file), 'utf8')).map(
        ({ line, column, found, plain }) => `${file}:${line}:${column}: "${found}" reads badly; write ${plain}`,
      ),
    );
}

if (import.meta.main) {
  const hits = checkRepository(join(import.meta.dirname, '..'));
  for (const hit of hits) console.error(hit);
  if (hits.length > 0) process.exitCode = 1;
}
