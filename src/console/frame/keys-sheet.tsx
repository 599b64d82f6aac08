import { Dialog } from '../parts/dialog.tsx';
import { Checkbox } from '../parts/field.tsx';
import { singleKeys } from '../state/keys.ts';
import { keysOpen } from './palette-state.ts';
import { PLACES } from './places.ts';

const KEYS: readonly (readonly [keys: string, words: string])[] = [
  ['Ctrl K', 'find or do anything'],
  ['/', 'search the list'],
  ['j k', 'next and previous row'],
  ['Enter', 'open the row'],
  ['Esc', 'close the panel'],
  ['n', 'add a secret'],
  ...PLACES.map(({ keys, name }) => [keys, name] as const),
  ['?', 'show this'],
];

/** The keys of the page. */
export function KeysSheet() {
  if (!keysOpen.value) return null;
  return (
    <Dialog title="Keys" onClose={() => (keysOpen.value = false)}>
      <dl class="facts keys">
        {KEYS.map(([keys, words]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <div class="below">
        <Checkbox
          label="Single keys work"
          hint="Without them, Ctrl K and Esc still do."
          checked={singleKeys.value}
          onChange={(on) => {
            singleKeys.value = on;
          }}
        />
      </div>
    </Dialog>
  );
}
