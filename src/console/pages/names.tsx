const SHOWN = 2;

/** The first names, and how many there are besides. */
export function Names({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return <span class="faint">none</span>;
  const more = names.length - SHOWN;
  return (
    <span title={names.join(', ')}>
      <code>{names.slice(0, SHOWN).join(', ')}</code>
      {more > 0 && <span class="second"> +{more}</span>}
    </span>
  );
}
