import { useRef, useState } from 'preact/hooks';
import { Icon } from '../../parts/icon.tsx';
import { Spacer, useWindow } from '../../parts/window.tsx';
import { navigate, pathTo } from '../../state/router.ts';
import { kindOf, STANDINGS, shortName, standingOf } from '../standing.ts';
import { columnGroups, isFirst, type MatrixRow, type MatrixView } from './matrix-view.ts';

export interface Chosen {
  readonly secret: string;
  readonly requester: string;
}

interface MatrixProps {
  readonly group: string;
  readonly view: MatrixView;
  readonly chosen: Chosen | null;
  readonly search: string;
}

/** One stop for Tab; arrows move, Enter explains. */
export function Matrix({ group, view: { rows, columns }, chosen, search }: MatrixProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [at, setAt] = useState({ row: 0, column: 0 });
  const { from, to, height } = useWindow(body, rows.length);
  const stop = stopOf(rows, columns, chosen, at);
  const move = (event: KeyboardEvent) => {
    const next = moved(event.key, stop, rows.length - 1, columns.length - 1);
    if (next === null) return;
    event.preventDefault();
    setAt(next);
    focusCell(body.current, next);
  };
  return (
    <table class="matrix" aria-label={`Who may use what in ${group}`} aria-rowcount={rows.length + 2}>
      <MatrixHead columns={columns} chosen={chosen} />
      <tbody ref={body} onKeyDown={move}>
        <Spacer height={from * height} />
        {rows.slice(from, to).map((row, offset) => (
          <MatrixLine
            key={row.secret}
            group={group}
            row={row}
            columns={columns}
            index={from + offset}
            stop={stop.row === from + offset ? stop.column : null}
            chosen={chosen?.secret === row.secret ? chosen.requester : null}
            onChoose={(column) => {
              setAt({ row: from + offset, column });
              navigate(pathTo('access', group, row.secret, columns[column] ?? '') + search);
            }}
          />
        ))}
        <Spacer height={(rows.length - to) * height} />
      </tbody>
    </table>
  );
}

interface Stop {
  readonly row: number;
  readonly column: number;
}

/** Where Tab stops: the cell that was moved to, else the chosen one. */
function stopOf(rows: readonly MatrixRow[], columns: readonly string[], chosen: Chosen | null, at: Stop): Stop {
  if (at.row !== 0 || at.column !== 0 || chosen === null)
    return { row: Math.min(at.row, rows.length - 1), column: Math.min(at.column, columns.length - 1) };
  const row = rows.findIndex(({ secret }) => secret === chosen.secret);
  return { row: Math.max(row, 0), column: Math.max(columns.indexOf(chosen.requester), 0) };
}

function moved(key: string, { row, column }: Stop, lastRow: number, lastColumn: number): Stop | null {
  switch (key) {
    case 'ArrowUp':
      return { row: Math.max(row - 1, 0), column };
    case 'ArrowDown':
      return { row: Math.min(row + 1, lastRow), column };
    case 'ArrowLeft':
      return { row, column: Math.max(column - 1, 0) };
    case 'ArrowRight':
      return { row, column: Math.min(column + 1, lastColumn) };
    case 'Home':
      return { row, column: 0 };
    case 'End':
      return { row, column: lastColumn };
    default:
      return null;
  }
}

function focusCell(body: HTMLElement | null, { row, column }: Stop): void {
  const cell = body?.querySelector<HTMLElement>(`[data-at="${row},${column}"]`);
  cell?.focus();
  cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

function MatrixHead({ columns, chosen }: { readonly columns: readonly string[]; readonly chosen: Chosen | null }) {
  return (
    <thead>
      <tr>
        <td />
        {columns.map((one, at) => (
          <th
            key={one}
            scope="col"
            class={`tilt ${isFirst(columns, at) ? 'first' : ''} ${one === chosen?.requester ? 'at' : ''}`}
          >
            {kindOf(one) === 'other' ? (
              <span>{one}</span>
            ) : (
              <a href={pathTo(`${kindOf(one)}s`, shortName(one))}>{shortName(one)}</a>
            )}
          </th>
        ))}
        <td class="rest" />
      </tr>
      <tr>
        <td />
        {columnGroups(columns).map(({ words, count }, at) => (
          <th key={words} scope="colgroup" colSpan={count} class={at > 0 ? 'first' : undefined}>
            {words}
          </th>
        ))}
        <td class="rest" />
      </tr>
    </thead>
  );
}

interface LineProps {
  readonly group: string;
  readonly row: MatrixRow;
  readonly columns: readonly string[];
  readonly index: number;
  readonly stop: number | null;
  readonly chosen: string | null;
  readonly onChoose: (column: number) => void;
}

function MatrixLine({ group, row: { secret, cells }, columns, index, stop, chosen, onChoose }: LineProps) {
  return (
    <tr aria-rowindex={index + 3}>
      <th scope="row" class={chosen === null ? undefined : 'at'}>
        <a href={pathTo('secrets', group, secret)} title={secret}>
          {secret}
        </a>
      </th>
      {columns.map((requester, at) => {
        const standing = standingOf(cells.get(requester));
        const { icon, tone, words } = STANDINGS[standing];
        return (
          <td
            key={requester}
            class={isFirst(columns, at) ? 'first' : undefined}
            data-none={standing === 'none' ? '' : undefined}
          >
            <button
              type="button"
              class="cell"
              data-at={`${index},${at}`}
              tabIndex={at === stop ? 0 : -1}
              aria-label={`${secret} for ${shortName(requester)}: ${words}`}
              aria-current={requester === chosen ? 'true' : undefined}
              onClick={() => onChoose(at)}
            >
              <Icon name={icon} tone={tone} />
              <span class="phone">{shortName(requester)}</span>
            </button>
          </td>
        );
      })}
      <td class="rest" />
    </tr>
  );
}
