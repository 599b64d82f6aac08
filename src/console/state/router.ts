import { computed, signal } from '@preact/signals';

interface Place {
  readonly path: string;
  readonly search: string;
}

const place = signal<Place>({ path: location.pathname, search: location.search });

/** The parts of the address: `/secrets/prod/TOKEN` is `['secrets', 'prod', 'TOKEN']`. */
export const segments = computed(() =>
  place.value.path
    .split('/')
    .filter((one) => one !== '')
    .map(decoded),
);

export const query = computed(() => new URLSearchParams(place.value.search));

/** What the search field of the page holds. */
export const searchText = computed(() => query.value.get('q') ?? '');

/** Set by a page that holds typed text: asked before the page is left. */
export const unsaved = signal<(() => boolean) | null>(null);

export function pathTo(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

/** Shows another page. `replace`: without a step back. */
export function navigate(to: string, replace = false): void {
  if (to === location.pathname + location.search) return;
  if (unsaved.value?.() === false) return;
  if (replace) history.replaceState(history.state, '', to);
  else history.pushState(null, '', to);
  arrive();
}

/** Changes one parameter of the address; null takes it out. */
export function setQuery(name: string, value: string | null): void {
  const next = new URLSearchParams(place.value.search);
  if (value === null || value === '') next.delete(name);
  else next.set(name, value);
  const search = next.toString();
  navigate(place.value.path + (search === '' ? '' : `?${search}`), true);
}

/** Keeps data of a page with its entry of the history: through a reload and steps back, until the tab is closed. */
export function keepHere(data: object): void {
  history.replaceState(data, '');
}

/** What `keepHere` kept for this entry of the history. */
export function keptHere(): unknown {
  return history.state;
}

/** Links within the page are followed here; those with a modifier are left to the browser. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    const { path, search } = place.value;
    // The step back has happened: the page that is kept becomes the newest one.
    if (unsaved.value?.() === false) history.pushState(null, '', path + search);
    else arrive();
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const href = link?.getAttribute('href');
    if (!href?.startsWith('/') || link?.target || href.startsWith('/openapi')) return;
    event.preventDefault();
    navigate(href);
  });
}

function arrive(): void {
  place.value = { path: location.pathname, search: location.search };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
