/** A unified diff: what came and what went, by colour and by sign. */
export function Diff({ text }: { readonly text: string }) {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .filter((line) => !/^(?:diff |index |--- |\+\+\+ (?!b\/))/.test(line));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <pre class="diff" tabIndex={0}>
      {lines.map((line, at) => (
        <span key={at} class={toneOf(line)}>
          {line.startsWith('+++ b/') ? line.slice(6) : line}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function toneOf(line: string): string | undefined {
  if (line.startsWith('+++') || line.startsWith('@@')) return 'faint';
  if (line.startsWith('+')) return 'ok';
  return line.startsWith('-') ? 'bad' : undefined;
}
