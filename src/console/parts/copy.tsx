import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** Copies a text, and says that it did. */
export function CopyButton({
  text,
  label = 'Copy',
  words,
}: {
  /** A function where it takes time to make. */
  readonly text: string | (() => string);
  readonly label?: string;
  readonly words?: string;
}) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    // A browser may not allow it: then the sign stays as it is.
    await navigator.clipboard.writeText(typeof text === 'string' ? text : text()).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <button
      type="button"
      class={words === undefined ? 'btn quiet icon small' : 'btn'}
      aria-label={words === undefined ? label : undefined}
      title={label}
      onClick={() => void copy()}
      onBlur={() => setCopied(false)}
      onPointerLeave={() => setCopied(false)}
    >
      <Icon name={copied ? 'succeeded' : 'copy'} tone={copied ? 'ok' : ''} />
      {words !== undefined && (copied ? 'Copied' : words)}
      <span class="vh" aria-live="polite">
        {copied ? 'Copied' : ''}
      </span>
    </button>
  );
}

/** A command for a terminal. */
export function Command({ text }: { readonly text: string }) {
  return (
    <div class="cmd">
      <code class="grow">
        {text.split(' ').map((word, at) => (
          <>
            {at > 0 && ' '}
            <span class="word">{word}</span>
          </>
        ))}
      </code>
      <CopyButton text={text} label="Copy the command" />
    </div>
  );
}
