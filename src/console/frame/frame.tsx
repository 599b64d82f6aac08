import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Failed, Skeleton } from '../parts/states.tsx';
import { useKeys } from '../state/keys.ts';
import { navigate, segments } from '../state/router.ts';
import { token } from '../state/session.ts';
import { failure, readAll, status } from '../state/store.ts';
import { Bars } from './bars.tsx';
import { KeysSheet } from './keys-sheet.tsx';
import { Navigation } from './navigation.tsx';
import { Palette } from './palette.tsx';
import { keysOpen, paletteOpen } from './palette-state.ts';
import { PLACES } from './places.ts';
import { SignIn } from './sign-in.tsx';
import { TopBar } from './top-bar.tsx';

/** All that stands around a page. */
export function Frame({ children }: { readonly children: ComponentChildren }) {
  useKeys({
    'Control+k': () => (paletteOpen.value = true),
    '?': () => (keysOpen.value = true),
    ...Object.fromEntries(PLACES.map(({ keys, path }) => [keys, () => navigate(path)])),
  });
  useTitle();
  if (token.value === null) return <SignIn />;
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <TopBar />
      <Bars />
      <Navigation />
      <main id="main" tabIndex={-1}>
        {status.value !== undefined ? children : <First />}
      </main>
      <Palette />
      <KeysSheet />
    </>
  );
}

/** Before the first answer. */
function First() {
  const error = failure.value;
  return (
    <div class="view">
      {error === undefined ? <Skeleton /> : <Failed error={error} onRetry={() => void readAll()} />}
    </div>
  );
}

function useTitle(): void {
  const [page = '', ...rest] = segments.value;
  const name = status.value?.name;
  useEffect(() => {
    const what = rest.at(-1) ?? PLACES.find(({ path }) => path === `/${page}`)?.name ?? 'Console';
    document.title = name === undefined ? 'Lockstep' : `${what} · ${name}`;
  }, [page, rest.at(-1), name]);
}
