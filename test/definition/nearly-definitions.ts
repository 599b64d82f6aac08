import fc from 'fast-check';

/** Two tools and an agent that use most of the language. */
export const EXAMPLE = `kind: tool
name: a
args: {x: {type: array, items: {pattern: '^a'}, default: [a]}, y: {}}
secrets: [A, {name: B, as: file, required: false}]
env: {E: '\${{ args.x[0] }} \${{ fromJSON(args.y).z }}'}
outputs: {o: '\${{ steps.s.outputs.v }}'}
steps:
  - {id: s, run: "echo \\"$INPUT_Y\\"", outputs: [v], retry: {limit: 2, delay: 1s}}
  - {needs: [], if: "\${{ !args.y && success() }}", uses: b, with: {p: [1, '\${{ env.E }}']}}
---
kind: tool
name: b
args: {p: {type: array}}
steps:
  - run: |
      curl -H "$A" "\${B}" | sh <<< "$(cat $INPUT_Q)"
# lockstep-ignore: style/piped-script, schema/type x
---
kind: agent
name: c
tools: [a, {name: '*', approve: always}]
secrets: [A]
`;

export const PIECES = [
  '"',
  "'",
  ':',
  ': ',
  '-',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '\n',
  '\n  ',
  '\t',
  '|',
  '>',
  '#',
  '&a',
  '*a',
  '!x',
  '%',
  '?',
  '<<',
  '~',
  'null',
  '${{',
  '}}',
  '${{ ',
  "${{ args.x && 'a' }}",
  'args',
  'steps',
  'uses: a',
  'run',
  'name',
  '__proto__',
  'constructor',
  '\0',
  '\r',
  '\u2028',
  '\ufeff',
  '\ud800',
  '😀',
  '0x1f',
  '1e999',
  '.nan',
  '---\n',
  '...',
];
const edit = fc.record({
  at: fc.nat({ max: EXAMPLE.length }),
  length: fc.nat({ max: 12 }),
  put: fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 5, unit: 'binary' })),
});
/** The example with pieces cut, doubled, moved and put in. */
export const mutated = fc.array(edit, { minLength: 1, maxLength: 6 }).map((edits) => {
  let text = EXAMPLE;
  for (const { at, length, put } of edits) text = text.slice(0, at) + put + text.slice(at + length);
  return text;
});
