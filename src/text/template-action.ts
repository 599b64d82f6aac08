/** One `{{ }}` of a script. */
export interface Action {
  readonly words: string;
  readonly start: number;
  readonly end: number;
  readonly trimsBefore: boolean;
  readonly trimsAfter: boolean;
}

/** Longer ones are text, so that the cost of a hostile script is linear in its length. */
const LONGEST_ACTION = 300;

/** From `{{` to `}}` within one line. */
export function actionsIn(script: string): Action[] {
  const actions: Action[] = [];
  for (let start = script.indexOf('{{'); start !== -1; start = script.indexOf('{{', start)) {
    // In `${{{ }}}` the inner two braces count.
    while (script[start + 2] === '{') start++;
    const end = actionEnd(script, start + 2);
    if (end === -1) start += 2;
    else {
      const inner = script.slice(start + 2, end - 2);
      actions.push({
        words: inner
          .replace(/^-(?=\s)/, '')
          .replace(/(?<=\s)-$/, '')
          .trim(),
        start,
        end,
        trimsBefore: /^-\s/.test(inner),
        trimsAfter: /\s-$/.test(inner),
      });
      start = end;
    }
  }
  return actions;
}

/** The offset after the closing `}}`, ignoring any within a quoted text; -1 if it is missing. */
function actionEnd(script: string, from: number): number {
  let quote = '';
  for (let at = from; at < Math.min(script.length, from + LONGEST_ACTION); at++) {
    const character = script.charAt(at);
    if (character === '\n') return -1;
    if (quote === '' && script.startsWith('}}', at)) return at + 2;
    if (quote === '' && (character === '"' || character === '`')) quote = character;
    else if (quote === character) quote = '';
  }
  return -1;
}

/** `.name`, or `.` alone; then an optional pipe. */
export const ARGUMENT =
  /^\.(?:([A-Za-z_][\w-]*))?(?:\s*\|\s*(toJson|toJSON|quote|default(?=\s))(?:(?<=default)\s+(?:"([^"\\]*)"|([\w.]+)))?)?$/;
export const LITERAL = /^(?:"([^"\\]*)"|`([^`]*)`)$/;
export const BRANCH = /^(if|else if|else|end|range)\b\s*(.*)$/;
const OTHER_ACTION =
  /^(?:[.$(]|(?:with|define|template|block|and|or|not|eq|ne|lt|le|gt|ge|len|index|slice|print|printf|println|html|js|urlquery|call)\s+[.$("`])/;

export type Meaning = 'argument' | 'literal' | 'comment' | 'branch' | 'unknown' | 'text';

/** Text that is not a template action remains unchanged: scripts also write `{{ }}` for other programs. */
export function meaningOf(words: string): Meaning {
  if (ARGUMENT.test(words)) return 'argument';
  if (LITERAL.test(words)) return 'literal';
  if (/^\/\*.*\*\/$/.test(words)) return 'comment';
  const [, word = '', rest = ''] = BRANCH.exec(words) ?? [];
  const takesCondition = word !== 'else' && word !== 'end';
  // `range` is also a word of English and of other programs' templates; our action has an argument after it.
  if (word === 'range' && !/^[.$(]/.test(rest)) return 'text';
  if (word !== '') return takesCondition === (rest !== '') ? 'branch' : 'text';
  return OTHER_ACTION.test(words) ? 'unknown' : 'text';
}

/** Whether a text holds any action to fill. */
export function isTemplate(script: string): boolean {
  return actionsIn(script).some(({ words }) => meaningOf(words) !== 'text');
}
