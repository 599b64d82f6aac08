import { signal } from '@preact/signals';

const KEY = 'lockstep-token';

/** The access token of this tab; null: none, or the server refused it. A reload of the tab keeps it. */
export const token = signal<string | null>(takeToken());

/** `lockstep serve` prints an address that ends in `#token=TOKEN`. It leaves the address bar and the history at once. */
function takeToken(): string | null {
  const [, given] = /^#token=([A-Za-z0-9._~+/=-]+)$/.exec(location.hash) ?? [];
  if (given !== undefined) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(history.state, '', location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

export function keepToken(given: string): void {
  sessionStorage.setItem(KEY, given);
  token.value = given;
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY);
  token.value = null;
}

// An address with a token that is opened in this tab changes the fragment only.
addEventListener('hashchange', () => {
  const known = token.value;
  const given = takeToken();
  if (given !== known) token.value = given;
});
