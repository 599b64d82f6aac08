/**
 * Names in a text that may name variables. `V_*` and `*_x` stand for a name of which a part is computed: `V_$i`, `${i}_x`,
 * `V_%s`. Behind a "[" where one stands in an index.
 */
export function namesIn(text: string): readonly string[] {
  const open = text.indexOf('[');
  return [...text.matchAll(/(?<!\w)[A-Za-z_]\w*/g)].map(({ 0: name, index }) => {
    const isBegun = /[$`%]/.test(text.charAt(index + name.length));
    const isEnd = /[}`)]/.test(text.charAt(index - 1));
    const own = isBegun ? `${name}*` : isEnd ? `*${name}` : name;
    return open !== -1 && index > open ? `[${own}` : own;
  });
}

/** Whether a variable may have such a name. */
export function isNamed(pattern: string, variable: string): boolean {
  if (pattern.endsWith('*')) return variable.startsWith(pattern.slice(0, -1));
  return pattern.startsWith('*') ? variable.endsWith(pattern.slice(1)) : variable === pattern;
}
