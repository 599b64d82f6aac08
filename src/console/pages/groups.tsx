import { Segments } from '../parts/choice.tsx';
import { Icon } from '../parts/icon.tsx';
import { segments } from '../state/router.ts';
import { groups, status } from '../state/store.ts';

/** The group of the address, else the one that commands use. */
export function groupHere(): string | undefined {
  return segments.value[1] ?? status.value?.group ?? status.value?.groups[0];
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
