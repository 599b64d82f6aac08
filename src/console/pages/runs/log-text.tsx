import { readLooks } from './ansi.ts';
import type { LogLine } from './run-lines.ts';

const MASKED = '***';

/** A line with its colours. A hidden value stands out, and so does what is searched for. */
export function LogText({ line, sought }: { readonly line: LogLine; readonly sought: string }) {
  const { pieces } = readLooks(line.text, line.look);
  return (
    <>
      {pieces.map(({ text, classes }, at) => (
        <span key={at} class={classes === '' ? undefined : classes}>
          {text.split(MASKED).map((part, nth) => (
            <>
              {nth > 0 && (
                <span class="masked" title="a hidden value">
                  {MASKED}
                </span>
              )}
              <Found text={part} sought={sought} />
            </>
          ))}
        </span>
      ))}
    </>
  );
}

function Found({ text, sought }: { readonly text: string; readonly sought: string }) {
  if (sought === '') return <>{text}</>;
  const parts: (string | { readonly hit: string })[] = [];
  let from = 0;
  const lower = text.toLowerCase();
  for (let at = lower.indexOf(sought); at !== -1; at = lower.indexOf(sought, from)) {
    parts.push(text.slice(from, at), { hit: text.slice(at, at + sought.length) });
    from = at + sought.length;
  }
  parts.push(text.slice(from));
  return <>{parts.map((part, at) => (typeof part === 'string' ? part : <mark key={at}>{part.hit}</mark>))}</>;
}
