import { useState } from 'preact/hooks';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { segments } from '../state/router.ts';
import { counts, PLACES, type PlaceLink } from './places.ts';

const SECTIONS = ['Vault', 'Work', 'Repository'] as const;

/** The pages, with what they count; a bar at the bottom of a phone. */
export function Navigation() {
  const [more, setMore] = useState(false);
  return (
    <nav class="nav" aria-label="Console">
      {SECTIONS.map((section) => (
        <div key={section} class="nav-section">
          <p id={`nav-${section}`}>{section}</p>
          <ul aria-labelledby={`nav-${section}`}>
            {PLACES.filter((one) => one.section === section).map((one) => (
              <li key={one.path} class={one.more ? 'more' : undefined}>
                <NavLink place={one} />
              </li>
            ))}
          </ul>
        </div>
      ))}
      <button type="button" class="phone" onClick={() => setMore(true)}>
        <Icon name="more" />
        <span class="label">More</span>
      </button>
      {more && <MorePlaces onClose={() => setMore(false)} />}
    </nav>
  );
}

function NavLink({ place }: { readonly place: PlaceLink }) {
  const count = counts.value[place.path];
  const here = `/${segments.value[0] ?? 'secrets'}` === place.path;
  return (
    <a href={place.path} title={place.name} aria-current={here ? 'page' : undefined}>
      <Icon name={place.icon} />
      <span class="label">{place.name}</span>
      {count && <span class={`count ${count.tone ?? ''}`}>{count.words}</span>}
    </a>
  );
}

function MorePlaces({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="More" onClose={onClose}>
      <ul class="sheet" onClick={onClose} onKeyDown={undefined}>
        {PLACES.filter((one) => one.more).map((one) => (
          <li key={one.path}>
            <NavLink place={one} />
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
