/** Whether every occurrence of a mark in a program for jq, awk, Python and the like lies within a quoted text of it. */
export function isWithinQuotes(program: string, mark: string): boolean {
  let open = '';
  let found = 0;
  for (let at = 0; at < program.length; at++) {
    const next = program.charAt(at);
    if (program.startsWith(mark, at)) {
      if (open === '' || program.indexOf(open, at) === -1) return false;
      found++;
    }
    if (next === '\\') at++;
    else if (open === next) open = '';
    else if (open === '' && (next === '"' || next === "'")) open = next;
  }
  return found > 0;
}

/** Whether a mark lies in the pattern or the replacement of a sed program that is one `s/a/b/`. */
export function isInSubstitution(program: string, mark: string): boolean {
  const [head, delimiter] = /^\s*(?:\d+|\$)?\s*s([/|,#@!~%])/.exec(program) ?? [];
  const at = program.indexOf(mark);
  if (head === undefined || delimiter === undefined || at === -1 || program.includes('\n')) return false;
  let seen = 1;
  for (let position = head.length; position < at; position++) {
    if (program[position] === '\\') position++;
    else if (program[position] === delimiter) seen++;
  }
  return seen < 3 && program.indexOf(delimiter, at) !== -1;
}
