import { useMemo } from 'preact/hooks';
import { type IconName, IconShape } from '../icon.tsx';
import { collapse, type Layer, MOST_BOXES } from './collapse.ts';
import { draw, type GraphNode, NODE_HEIGHT, type Placed } from './layout.ts';

/** A step in the picture. */
export interface Box extends GraphNode {
  readonly words: string;
  /** The second line. */
  readonly note: string;
  readonly icon?: IconName;
  readonly tone?: string;
  /** How it looks: by colour, and the icon by shape. */
  readonly state?: 'pending' | 'running' | 'waiting' | 'failed' | 'done';
}

interface StepGraphProps {
  readonly boxes: readonly Box[];
  /** The picture in one sentence; the list beside it says the same for each step. */
  readonly label: string;
  readonly chosen?: string | undefined;
  readonly onChoose?: (id: string) => void;
}

/** A wide picture shrinks so far, and then scrolls. */
const SMALLEST = 0.8;

/** Steps from left to right. A large one shows what needs a person, and the rest by layers. */
export function StepGraph({ boxes, label, chosen, onChoose }: StepGraphProps) {
  const shown = boxes.length > MOST_BOXES ? collapsed(boxes) : boxes;
  const shape = JSON.stringify(shown.map(({ id, needs }) => [id, needs]));
  const width = widthOf(shown);
  const drawing = useMemo(() => draw(shown, width), [shape, width]);
  const byId = new Map(shown.map((box) => [box.id, box]));
  const isDone = (id: string) => byId.get(id)?.state === 'done';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide picture is scrolled with the arrows
    <section class="graph" tabIndex={0} aria-label={label}>
      <svg
        width={drawing.width}
        viewBox={`0 0 ${drawing.width} ${drawing.height}`}
        style={{ minWidth: `${Math.round(drawing.width * SMALLEST)}px` }}
        role="img"
      >
        <title>{label}</title>
        {drawing.edges.map(({ from, to, path }) => (
          <path key={`${from} ${to}`} class={isDone(from) ? 'edge done' : 'edge'} d={path} />
        ))}
        {drawing.nodes.map((at) => {
          const box = byId.get(at.id);
          return (
            box && <Node key={at.id} box={box} at={at} width={width} chosen={at.id === chosen} onChoose={onChoose} />
          );
        })}
      </svg>
    </section>
  );
}

const [LEFT, LEFT_OF_SIGN, RIGHT, LETTER] = [12, 34, 9, 7.1];
const [NARROWEST, WIDEST] = [88, 156];

/** All boxes have one width, by their longest words: steps of 8 px, so that a time that grows moves nothing. */
function widthOf(boxes: readonly Box[]): number {
  const widths = boxes.map(({ words, note, icon }) => {
    const left = icon === undefined ? LEFT : LEFT_OF_SIGN;
    return left + RIGHT + Math.max(words.length * LETTER, note.length * (LETTER - 0.9));
  });
  return Math.min(WIDEST, Math.max(NARROWEST, Math.ceil(Math.max(...widths) / 16) * 16));
}

function collapsed(boxes: readonly Box[]): readonly Box[] {
  const standsOut = ({ state }: Box) => state === 'failed' || state === 'waiting';
  const { alone, layers } = collapse(boxes, standsOut);
  const byId = new Map(boxes.map((box) => [box.id, box]));
  return [...layers.map((layer) => layerBox(layer, byId)), ...alone];
}

function layerBox({ id, needs, members }: Layer, byId: ReadonlyMap<string, Box>): Box {
  const [only] = members;
  const single = members.length === 1 && only !== undefined ? byId.get(only) : undefined;
  if (single !== undefined) return { ...single, id, needs };
  const states = members.map((member) => byId.get(member)?.state);
  const count = (state: Box['state']) => states.filter((one) => one === state).length;
  const [done, running] = [count('done'), count('running')];
  const state = running > 0 ? 'running' : done === members.length ? 'done' : 'pending';
  return {
    id,
    needs,
    words: `${members.length} steps`,
    note: running > 0 ? `${running} running` : `${done} done`,
    state,
    ...(state !== 'pending' && { icon: state === 'done' ? ('succeeded' as const) : ('running' as const) }),
    ...(state === 'running' && { tone: 'accent' }),
  };
}

interface NodeProps {
  readonly box: Box;
  readonly at: Placed;
  readonly width: number;
  readonly chosen: boolean;
  readonly onChoose: ((id: string) => void) | undefined;
}

/** A click chooses it; by keyboard the list of steps does the same. */
function Node({ box, at, width, chosen, onChoose }: NodeProps) {
  const { id, words, note, icon, tone = '', state = '' } = box;
  const left = icon === undefined ? LEFT : LEFT_OF_SIGN;
  const room = Math.floor((width - left - RIGHT) / LETTER);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list of steps is for the keyboard
    <g
      class={`node ${state} ${chosen ? 'chosen' : ''} ${onChoose ? 'open' : ''}`}
      transform={`translate(${at.x} ${at.y})`}
      data-step={id}
      onClick={onChoose && (() => onChoose(id))}
      onKeyDown={undefined}
    >
      <title>{`${words}: ${note}`}</title>
      <rect width={width} height={NODE_HEIGHT} rx="6" />
      {icon && (
        <g class={`i ${tone} ${state === 'running' ? 'pulse' : ''}`} transform="translate(11 15)">
          <IconShape name={icon} />
        </g>
      )}
      <text x={left} y="19">
        {cut(words, room)}
      </text>
      <text x={left} y="36" class="second">
        {cut(note, room + 2)}
      </text>
    </g>
  );
}

/** SVG has no ellipsis. */
function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}
