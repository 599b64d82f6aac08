import { Segments } from '../parts/choice.tsx';
import { Icon } from '../parts/icon.tsx';
import { segments } from '../state/router.ts';
import { groups, status } from '../state/store.ts';

/** The group of the address, else the one that commands use, else one that the token may use. */
export function groupHere(): string | undefined {
  const { group, groups: all = [] } = status.value ?? {};
  const known = groups.value.map(({ name }) => name);
  const usual = group ?? all[0];
  return segments.value[1] ?? (usual !== undefined && known.length > 0 && !known.includes(usual) ? known[0] : usual);
}

/** The groups as tabs; a lock where only grants to an exact definition count. */
export function GroupTabs({ value, onChange }: { readonly value: string; readonly onChange: (group: string) => void }) {
  if (groups.value.length < 2) return null;
  const options = groups.value.map(({ name, pinned }) => ({
    value: name,
    words: pinned ? (
      <span title="pinned: only grants to an exact definition count">
        {name}
        <Icon name="lock" />
        <span class="vh">, pinned</span>
      </span>
    ) : (
      name
    ),
  }));
  return <Segments label="Group" value={value} options={options} onChange={onChange} />;
}
