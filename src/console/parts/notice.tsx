import type { ComponentChildren } from 'preact';
import type { ApiError } from '../state/request.ts';
import type { Obstacle } from '../state/rights.ts';
import { Command } from './copy.tsx';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'bad' | 'warn' | 'ok' | 'plain';

const SIGNS: Readonly<Record<Tone, IconName>> = { bad: 'warning', warn: 'warning', ok: 'succeeded', plain: 'info' };

/** Something to know, in its place on the page. What comes by itself is announced. */
export function Notice({
  tone = 'plain',
  icon,
  children,
  live,
}: {
  readonly tone?: Tone;
  readonly icon?: IconName;
  readonly children: ComponentChildren;
  readonly live?: boolean;
}) {
  return (
    <div class={`notice ${tone}`} role={live === true ? 'status' : undefined}>
      <Icon name={icon ?? SIGNS[tone]} />
      <div class="grow">{children}</div>
    </div>
  );
}

/** A command is shown as one; other hints are sentences. */
const COMMAND = /^(?:lockstep|git|rm|ls) /;

/** Why something was not done, and the next step. */
export function ErrorNotice({ error }: { readonly error: ApiError | undefined }) {
  if (error === undefined) return null;
  return (
    <div class="notice bad" role="alert">
      <Icon name="failed" tone="bad" />
      <div class="grow">
        <p>
          <b>
            <Said text={error.message} />
          </b>
        </p>
        <Hints hints={error.hints} />
        {error.problem.problems?.map((one) => (
          <p key={one.message}>
            <Said text={one.message} />
          </p>
        ))}
      </div>
    </div>
  );
}

export function Hints({ hints }: { readonly hints: readonly string[] }) {
  return (
    <>
      {hints.map((one) => {
        const bare = one.replace(/^`([^`]+)`$/, '$1');
        if (COMMAND.test(bare)) return <Command key={one} text={bare} />;
        return (
          <p key={one}>
            <Said text={one} />
          </p>
        );
      })}
    </>
  );
}

/** Why a page is to be looked at only, and what does it elsewhere. */
export function ObstacleNotice({ obstacle }: { readonly obstacle: Obstacle | null }) {
  if (obstacle === null || obstacle.passing === true) return null;
  return (
    <Notice icon="lock">
      <p>{obstacle.why}</p>
      {obstacle.command !== undefined && <Command text={obstacle.command} />}
    </Notice>
  );
}

export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?:]$/.test(first) ? first : `${first}.`;
}

/** A message of the server as a sentence: text in backticks is code, and digests are shortened. */
export function Said({ text }: { readonly text: string }) {
  return <Coded text={shortened(sentence(text))} />;
}

/** Code stands in backticks. */
export function Coded({ text }: { readonly text: string }) {
  return <>{text.split('`').map((piece, at) => (at % 2 === 1 ? <code key={piece}>{piece}</code> : piece))}</>;
}

function shortened(text: string): string {
  return text.replace(/(@sha256:[0-9a-f]{8})[0-9a-f]{56}/g, '$1…');
}
