import { Icon } from '../../parts/icon.tsx';
import { Rows } from '../../parts/rows.tsx';
import { durationText } from '../../parts/time.tsx';
import type { Span, StepView } from './run-model.ts';
import { SIGNS } from './standing.ts';
import { type StepRow, tookOf } from './step-rows.ts';

interface StepsTableProps {
  readonly rows: readonly StepRow[];
  readonly chosen: string | undefined;
  /** The length of the time axis in milliseconds. */
  readonly length: number;
  readonly linkTo: (step: string) => string;
}

/** The steps, each with its bars on one time axis. */
export function StepsTable({ rows, chosen, length, linkTo }: StepsTableProps) {
  return (
    <div class="steps scroller">
      <Rows<StepRow>
        single
        label="Steps"
        head={[
          { words: 'Step' },
          { words: 'Time', class: 'axis', shown: <Ends length={length} /> },
          { words: 'Took', class: 'num' },
        ]}
        items={rows}
        current={chosen}
        keyOf={({ id }) => id}
        row={(row) => <StepCells row={row} length={length} href={linkTo(row.id)} />}
      />
    </div>
  );
}

/** Where the time axis begins and ends. */
function Ends({ length }: { readonly length: number }) {
  return (
    <span class="ends">
      <span>0</span>
      <span>{durationText(length)}</span>
    </span>
  );
}

function StepCells({ row, length, href }: { readonly row: StepRow; readonly length: number; readonly href: string }) {
  const { id, name, depth, view } = row;
  const { icon, tone, words } = SIGNS[view.state];
  const took = tookOf(view, length);
  return (
    <>
      <th scope="row" class={`depth-${Math.min(depth, 4)}`}>
        <Icon name={icon} tone={`${tone} ${view.state === 'running' ? 'pulse' : ''}`} />
        <a class="row-link" href={href} title={id}>
          {name}
          <span class="vh"> {words}</span>
        </a>
        <span class="second more"> {moreOf(view)}</span>
      </th>
      <td class="axis">
        <Bars spans={view.spans} state={view.state} length={length} />
      </td>
      <td class="num">{took === null ? <span class="faint">–</span> : durationText(took)}</td>
    </>
  );
}

/** What a row says beside the name. */
function moreOf({ report, kept, spans }: StepView): string {
  if (kept === true) return 'kept';
  if (report?.items !== undefined) {
    const { total, failed } = report.items;
    return `${total} ${total === 1 ? 'item' : 'items'}${failed > 0 ? `, ${failed} failed` : ''}`;
  }
  const attempts = spans.filter(({ kind }) => kind === 'attempt').length;
  return attempts > 1 ? `attempt ${attempts}` : '';
}

interface BarsProps {
  readonly spans: readonly Span[];
  readonly state: StepView['state'];
  readonly length: number;
}

/** Parts of a run that took no time can still be seen. */
const THINNEST = 0.8;

function Bars({ spans, state, length }: BarsProps) {
  const percent = (at: number) => (length <= 0 ? 0 : Math.min(100, (100 * at) / length));
  return (
    <svg class="bars" width="100%" height="10" aria-hidden="true">
      {spans.map(({ kind, from, to, failed }, at) => {
        const begin = Math.min(percent(from), 100 - THINNEST);
        const width = Math.max(percent(to ?? length) - begin, THINNEST);
        return (
          <rect
            key={at}
            class={kindOf(kind, failed, to, state)}
            x={`${begin}%`}
            width={`${width}%`}
            y="1"
            height="8"
            rx="2"
          />
        );
      })}
    </svg>
  );
}

function kindOf(
  kind: Span['kind'],
  failed: boolean | undefined,
  to: number | undefined,
  state: StepView['state'],
): string {
  if (kind === 'wait') return 'b-wait';
  if (failed === true) return 'b-failed';
  return to === undefined && state === 'running' ? 'b-running' : 'b-done';
}
