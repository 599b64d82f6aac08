import { useState } from 'preact/hooks';
import type { Excerpts, ProblemWithExcerpt } from '../generated/answers.ts';
import { Button } from '../parts/button.tsx';
import { Chips } from '../parts/choice.tsx';
import { Command } from '../parts/copy.tsx';
import { Icon } from '../parts/icon.tsx';
import { Hints, Said } from '../parts/notice.tsx';
import { Empty, Failed, Skeleton } from '../parts/states.tsx';
import { onAnything, useAnswer } from '../state/answer.ts';
import { api } from '../state/api.ts';
import { pathTo, query, setQuery } from '../state/router.ts';

/** What `check` finds in the newest save, file by file. */
export function ProblemsPage() {
  const answer = useAnswer('problems', api.listProblems, onAnything);
  const { counts } = answer.data ?? {};
  return (
    <section class="view scroller" aria-labelledby="page-title">
      <header class="head">
        <h1 id="page-title">Problems</h1>
        {counts && (
          <span class="sub end">
            {counted(counts.tools, 'tool')} and {counted(counts.agents, 'agent')} in {counted(counts.files, 'file')}
          </span>
        )}
      </header>
      {answer.error && <Failed error={answer.error} onRetry={() => void answer.reload()} />}
      {answer.data === undefined ? !answer.error && <Skeleton rows={6} /> : <Found answer={answer.data} />}
    </section>
  );
}

/** More would not be read, and would take the browser long. */
const STEP = 300;

function Found({ answer: { problems, counts } }: { readonly answer: Excerpts }) {
  const [most, setMost] = useState(STEP);
  const wanted = query.value.get('show') ?? 'all';
  const shown = problems.filter(({ severity }) => wanted === 'all' || (severity === 'error') === (wanted === 'errors'));
  if (problems.length === 0)
    return (
      <Empty icon="succeeded" title="No problems">
        <p>Definitions and vault are sound. The same check runs at a terminal, and in CI:</p>
        <Command text="lockstep check --strict" />
      </Empty>
    );
  return (
    <>
      <Chips
        label="Filter"
        value={wanted}
        onChange={(to) => setQuery('show', to === 'all' ? null : to)}
        options={[
          { value: 'all', words: 'All', count: problems.length },
          { value: 'errors', words: 'Errors', count: counts.errors },
          { value: 'warnings', words: 'Warnings', count: problems.length - counts.errors },
        ]}
      />
      {[...Map.groupBy(shown.slice(0, most), ({ file = '' }) => file)].map(([file, ones]) => (
        <section key={file} class="file" aria-label={file === '' ? 'Without a place' : file}>
          <h2>
            <Icon name={file.startsWith('vault/') ? 'key' : 'file'} tone="second" />
            <FileName file={file} />
          </h2>
          {ones.map((one) => (
            <Problem key={`${one.code} ${one.line} ${one.column} ${one.message}`} problem={one} />
          ))}
        </section>
      ))}
      {shown.length > most && (
        <p class="below">
          <Button onClick={() => setMost(most + STEP)}>Show more of {shown.length.toLocaleString('en')}</Button>
        </p>
      )}
    </>
  );
}

/** A file of the vault has a page. */
function FileName({ file }: { readonly file: string }) {
  const [, group, name] = /^vault\/([^/]+)\/([^/]+)\.yaml$/.exec(file) ?? [];
  if (group === undefined || name === undefined) return <span>{file === '' ? 'Without a place' : file}</span>;
  return <a href={pathTo('secrets', group, name)}>{file}</a>;
}

function Problem({ problem }: { readonly problem: ProblemWithExcerpt }) {
  const { severity, message, code, hint, excerpt, line, column } = problem;
  const isError = severity === 'error';
  return (
    <article class="problem">
      <Icon name={isError ? 'failed' : 'warning'} tone={isError ? 'bad' : 'warn'} />
      <p class="message">
        <b>
          <span class="vh">{severity}: </span>
          <Said text={message} />
        </b>
        <code class="end second" title={`lockstep check --explain ${code}`}>
          {line !== undefined && `${line}:${column} · `}
          {code}
        </code>
      </p>
      {excerpt !== undefined && excerpt !== '' && <Excerpt text={excerpt} tone={isError ? 'bad' : 'warn'} />}
      {hint !== undefined && (
        <div class="second hint">
          <Hints hints={[hint]} />
        </div>
      )}
    </article>
  );
}

/** The line of the place, and carets below it. */
function Excerpt({ text, tone }: { readonly text: string; readonly tone: string }) {
  const [source = '', carets = ''] = text.split('\n').map((line) => line.replace(/^\s*\d*\s*\| ?/, ''));
  const [, number = ''] = /^\s*(\d+)/.exec(text) ?? [];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <pre class="excerpt" tabIndex={0}>
      <span class="ln">{number}</span>
      {source}
      {'\n'}
      <span class="ln" />
      <span class={tone}>{carets}</span>
    </pre>
  );
}

function counted(count: number, word: string): string {
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}
