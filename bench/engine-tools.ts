/** A chain of steps that do nothing. */
function chain(steps: number): string {
  const lines = Array.from({ length: steps }, (_, at) => {
    const needs = at === 0 ? '' : `needs: [s${at - 1}], `;
    return `  - {id: s${at}, ${needs}shell: sh, run: 'true'}\n`;
  });
  return `steps:\n${lines.join('')}`;
}

/** So many items, each a step for any worker. */
function spread(items: number, script: string): string {
  const list = JSON.stringify(Array.from({ length: items }, (_, at) => at));
  return `steps:\n  - {id: each, forEach: "\${{ fromJSON('${list}') }}", maxParallel: ${items}, runsOn: any, shell: sh, run: '${script}'}\n`;
}

export const LONG = 200;
export const ITEMS = 60;
export const WAIT_SECONDS = 0.2;

export const TOOLS = {
  'tools/long.yaml': chain(LONG),
  'tools/three.yaml': chain(3),
  'tools/items.yaml': spread(ITEMS, 'true'),
  'tools/waits.yaml': spread(ITEMS, `sleep ${WAIT_SECONDS}`),
  'tools/stay.yaml':
    'args: {marks: {type: string}}\nsteps: [{id: a, run: \'echo "$$" >> "$INPUT_MARKS"; sleep 1000\'}]\n',
};
