import type { Limited } from '../template/limits.ts';
import type { Marker } from '../template/marker.ts';
import { pythonPieces } from './python-scan.ts';
import { EVALUATORS, HIDDEN, RUNNERS, type Runner, STARTERS, STARTS_PROGRAMS } from './runners.ts';

/** A text, and nothing that is put into it. */
const CONSTANT = /^\s*[rbu]{0,2}(?:'[^'\\\n]*'|"[^"\\\n]*"|`[^`\\$]*`)\s*[,)]/i;

/** What the value of a hole has to be in a script of Python or JavaScript, by where it begins. */
export function limitsIn(
  text: string,
  language: 'python' | 'node',
  marker: Marker,
): (start: number) => readonly Limited[] {
  const limited = limitOfTexts(text, language, marker);
  return (start) => {
    const element = limitOfElement(text, language, start) ?? [];
    if (choosesProgram(text, language, start))
      return [{ limit: 'integer', because: 'it would choose the program that is run' } as const, element].flat();
    const split = limited ?? (isSplit(text, language, start) ? SPLIT : []);
    return [split, element].flat();
  };
}

const SPLIT: Limited = { limit: 'run-text', because: 'the script splits it into words of a program' };

/** `x = "..."`, and `x.split()` in a script that starts programs. */
function isSplit(text: string, language: 'python' | 'node', start: number): boolean {
  const variable = ASSIGNED.exec(text.slice(Math.max(0, start - 100), start))?.[1];
  return (
    variable !== undefined &&
    STARTS_PROGRAMS[language].test(text) &&
    [...text.matchAll(/(?<![.\w])(\w+)\.split\(/g)].some(([, split]) => split === variable)
  );
}

const ASSIGNED = /(?<![.\w])(\w+)\s*=\s*\[?\s*[frbu]{0,2}["'`]{0,3}$/i;

/**
 * What the values in a script of Python or JavaScript have to be where it hands texts to a shell or evaluates them: all of
 * them, for nothing follows values through these languages. Undefined where it does neither.
 */
function limitOfTexts(text: string, language: 'python' | 'node', marker: Marker): Limited | undefined {
  const isConstant = (end: number) => {
    const [constant] = CONSTANT.exec(text.slice(end, end + 1000)) ?? [];
    return constant !== undefined && !marker.isIn(constant);
  };
  const found = (limit: Runner['limit']) => !endsOfCalls(text, language, limit).every(isConstant);
  if (found('integer') || EVALUATORS[language].test(withoutTexts(text, language)) || /\[\s*['"]eval['"]/.test(text))
    return { limit: 'integer', because: 'the script evaluates texts' };
  if (found('plain')) return { limit: 'plain', because: 'the script loads a module whose name is computed' };
  if (found('run-text') || HIDDEN[language](text))
    return { limit: 'run-text', because: 'the script hands texts to a shell, or evaluates them' };
  if (language === 'python' && FORMATS.test(text))
    return { limit: 'no-fields', because: 'the script formats texts, which puts values in place of fields' };
  return undefined;
}

/** The code of a script alone: a text such as "docker exec" names nothing. */
function withoutTexts(text: string, language: 'python' | 'node'): string {
  if (language === 'node') return text.replace(/"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, '""');
  let code = '';
  let position = 0;
  for (const { kind, start, end, prefix } of pythonPieces(text) ?? []) {
    if (kind === 'field' || /[ft]/.test(prefix) || start < position) continue;
    code += text.slice(position, start);
    position = end;
  }
  return code + text.slice(position);
}

/** What puts values into a text at run time: a field of the text may name any of them. */
const FORMATS = /\.format(?:_map)?\s*\(|\bTemplate\s*\(|["')\w]\s*%\s*(?:\(|\{|\w)/;

/** Whether a value begins what is run, and so chooses the program: in the call itself, or by one variable. */
function choosesProgram(text: string, language: 'python' | 'node', start: number): boolean {
  const before = text.slice(Math.max(0, start - 100), start);
  const [assigned, variable] = ASSIGNED.exec(before) ?? [];
  const isRun = (end: number) =>
    /^\s*(?:args\s*=\s*)?\[?\s*(\w+)\s*[\],)]/.exec(text.slice(end, end + 200))?.[1] === variable;
  if (assigned !== undefined && allCalls(text, language).some(isRun)) return true;
  return allCalls(before, language, text).some((end) => OPENS_PROGRAM.test(before.slice(end)));
}

function allCalls(text: string, language: 'python' | 'node', whole = text): readonly number[] {
  const starters = [...text.matchAll(STARTERS[language])].map((found) => found.index + found[0].length);
  const runs = [...endsOfCalls(text, language, 'run-text', whole), ...endsOfCalls(text, language, 'integer', whole)];
  return [...runs, ...(STARTS_PROGRAMS[language].test(whole) ? starters : [])];
}

/** Before a value: the beginning of a text that names a program, perhaps in a folder. */
const OPENS_PROGRAM = /^\s*(?:args\s*=\s*)?(?:\w+\.\w+\s*,\s*)?\[?\s*[frbu]{0,2}["'`]{1,3}[\w./~-]*$/i;

/** What a value may not be that begins a text, in a script that runs programs with lists of arguments. */
function limitOfElement(text: string, language: 'python' | 'node', start: number): Limited | undefined {
  const begins = /(?:^|[[(,=:+{>?&|]|\breturn)\s*[frbu]{0,2}["'`]{1,3}$/i.test(
    text.slice(Math.max(0, start - 100), start),
  );
  if (!begins || !STARTS_PROGRAMS[language].test(text)) return undefined;
  return { limit: 'no-option', because: 'a program may take it for an option' };
}

function endsOfCalls(
  text: string,
  language: 'python' | 'node',
  kind?: Runner['limit'],
  whole = text,
): readonly number[] {
  return RUNNERS[language]
    .filter(({ limit }) => kind === undefined || kind === limit)
    .filter(({ where }) => where === undefined || where.test(whole))
    .flatMap(({ call }) => [...text.matchAll(call)].map((found) => found.index + found[0].length));
}
