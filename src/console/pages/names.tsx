/** As many letters stand in a cell. */
const ROOM = 24;

/** The first names, and how many there are besides. */
export function Names({ names }: { readonly names: readonly string[] }) {
  const [first, second] = names;
  if (first === undefined) return <span class="faint">none</span>;
  const shown = second !== undefined && first.length + second.length <= ROOM ? [first, second] : [first];
  const more = names.length - shown.length;
  return (
    <span title={names.join(', ')}>
      <code>{shown.join(', ')}</code>
      {more > 0 && <span class="second"> +{more}</span>}
    </span>
  );
}
