const circle = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

/** 16 px, strokes of 1.5 px. `+`: filled; `-`: drawn over what is filled; `:`: dashed. */
const SHAPES = {
  key: [circle(5.5, 10.5, 3), 'M7.7 8.3 13.5 2.5M11 5l2 2'],
  grid: ['M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11'],
  tool: [
    'M3.75 2.75h8.5a2 2 0 0 1 2 2v6.5a2 2 0 0 1-2 2h-8.5a2 2 0 0 1-2-2v-6.5a2 2 0 0 1 2-2z',
    'm4.5 6 2 2-2 2M8.5 10.25h3',
  ],
  agent: [
    'M5.25 5.25h5.5a2.5 2.5 0 0 1 2.5 2.5v3a2.5 2.5 0 0 1-2.5 2.5h-5.5a2.5 2.5 0 0 1-2.5-2.5v-3a2.5 2.5 0 0 1 2.5-2.5z',
    'M8 5V2.5M5.9 8.6v1.2M10.1 8.6v1.2',
  ],
  run: [circle(8, 8, 6.25), 'M6.6 5.5 10.4 8l-3.8 2.5z'],
  warning: ['M8 2.2 14.3 13H1.7zM8 6.3v3.2M8 11.2v.3'],
  people: [
    circle(6, 5.2, 2.4),
    'M1.7 13.2c.3-2.6 2-4 4.3-4s4 1.4 4.3 4M10.6 3.1a2.3 2.3 0 0 1 0 4.3M12 9.6c1.4.6 2.1 1.8 2.3 3.6',
  ],
  list: ['M3 2h7.2L13 4.8V14H3zM5.5 7h5M5.5 9.5h5M5.5 12h3'],
  search: [circle(7, 7, 4.25), 'm10.2 10.2 3.3 3.3'],
  plus: ['M8 3v10M3 8h10'],
  copy: [
    'M6.75 5.25h5a1.5 1.5 0 0 1 1.5 1.5v5a1.5 1.5 0 0 1-1.5 1.5h-5a1.5 1.5 0 0 1-1.5-1.5v-5a1.5 1.5 0 0 1 1.5-1.5z',
    'M10.75 3.25V3a.5.5 0 0 0-.5-.5H3.5a1 1 0 0 0-1 1v6.75a.5.5 0 0 0 .5.5h.25',
  ],
  close: ['m4 4 8 8M12 4l-8 8'],
  down: ['m4.5 6.5 3.5 3.5 3.5-3.5'],
  right: ['m6.5 4.5 3.5 3.5-3.5 3.5'],
  more: ['+M2 6.7h2.6v2.6H2zM6.7 6.7h2.6v2.6H6.7zM11.4 6.7H14v2.6h-2.6z'],
  theme: [circle(8, 8, 5.25), '+M8 2.75a5.25 5.25 0 0 1 0 10.5z'],
  branch: [
    circle(4.5, 3.7, 1.7),
    circle(4.5, 12.3, 1.7),
    circle(11.5, 5.2, 1.7),
    'M4.5 5.4v5.2M11.5 6.9c0 2.3-2.6 2.3-5.3 3.7',
  ],
  clock: [circle(8, 8, 5.75), 'M8 4.7V8l2.2 1.5'],
  hook: ['M9 1.8 3.5 9h4l-.7 5.2L12.5 7h-4z'],
  user: [circle(8, 5.3, 2.6), 'M3 13.4c.3-2.8 2.2-4.3 5-4.3s4.7 1.5 5 4.3'],
  machine: [
    'M3.45 2.75h9.1a1.2 1.2 0 0 1 1.2 1.2v2.1a1.2 1.2 0 0 1-1.2 1.2h-9.1a1.2 1.2 0 0 1-1.2-1.2v-2.1a1.2 1.2 0 0 1 1.2-1.2zM3.45 8.75h9.1a1.2 1.2 0 0 1 1.2 1.2v2.1a1.2 1.2 0 0 1-1.2 1.2h-9.1a1.2 1.2 0 0 1-1.2-1.2v-2.1a1.2 1.2 0 0 1 1.2-1.2zM4.8 5h.01M4.8 11h.01',
  ],
  lock: [
    'M4.75 7.25h6.5a1.5 1.5 0 0 1 1.5 1.5v3a1.5 1.5 0 0 1-1.5 1.5h-6.5a1.5 1.5 0 0 1-1.5-1.5v-3a1.5 1.5 0 0 1 1.5-1.5z',
    'M5.3 7V5a2.7 2.7 0 0 1 5.4 0v2',
  ],
  file: ['M4 2h5l3.5 3.5V14H4zM9 2v3.5h3.5'],
  edit: ['m3 13 .7-3L10.5 3.2a1 1 0 0 1 1.4 0l.9.9a1 1 0 0 1 0 1.4L6 12.3z'],
  print: ['M4.5 6V2.5h7V6M4.5 11.5h-2V6.5h11v5h-2M4.5 9.5h7v4h-7z'],
  eye: ['M1.6 8c1.5-2.8 3.7-4.2 6.4-4.2S12.9 5.2 14.4 8c-1.5 2.8-3.7 4.2-6.4 4.2S3.1 10.8 1.6 8z', circle(8, 8, 1.9)],
  bin: ['M3 4.5h10M6.2 4.5V2.8h3.6v1.7M4.3 4.5l.6 8.7h6.2l.6-8.7'],
  info: [circle(8, 8, 6), 'M8 7.3v3.7M8 4.9v.2'],
  // Signs of a state: each has a shape of its own.
  succeeded: ['m3.5 8.5 3 3 6-6.5'],
  failed: ['+M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5z', '-m5.7 5.7 4.6 4.6M10.3 5.7l-4.6 4.6'],
  running: [circle(8, 8, 5.75), `+${circle(8, 8, 2.5)}`],
  waiting: [`+${circle(8, 8, 6.5)}`, '-M6.3 5.5v5M9.7 5.5v5'],
  pending: [`:${circle(8, 8, 5.5)}`],
  skipped: [circle(8, 8, 5.5), 'm4.2 11.8 7.6-7.6'],
  cancelled: ['M5 3h6a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z', 'M5.8 8h4.4'],
  interrupted: ['M8.8 1.8 4.5 8.5h3.2l-.6 5.7 4.4-7H8.2z'],
  // Signs of access.
  granted: [`+${circle(8, 8, 4.5)}`],
  refused: [circle(8, 8, 5.25), 'M8 5v3.4M8 10.8v.2'],
  changed: [circle(8, 8, 5.25), '+M8 2.75a5.25 5.25 0 0 0 0 10.5z'],
  unasked: [circle(8, 8, 4)],
  none: [`+${circle(8, 8, 1)}`],
} as const;

export type IconName = keyof typeof SHAPES;

const KINDS: Readonly<Record<string, string>> = { '+': 'fill', '-': 'over', ':': 'dash' };

/** A sign beside words, or alone in a control that has a label. */
export function Icon({ name, tone = '' }: { readonly name: IconName; readonly tone?: string }) {
  return (
    <svg class={`i ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      <IconShape name={name} />
    </svg>
  );
}

/** The sign within a drawing. */
export function IconShape({ name }: { readonly name: IconName }) {
  return (
    <>
      {SHAPES[name].map((shape) => {
        const kind = KINDS[shape.charAt(0)];
        return <path key={shape} class={kind} d={kind === undefined ? shape : shape.slice(1)} />;
      })}
    </>
  );
}

/** The mark of Lockstep. */
export function Mark() {
  return (
    <svg class="i mark" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M3 4.5 8.5 10 3 15.5" />
      <path class="b" d="M10.5 4.5 16 10l-5.5 5.5" />
    </svg>
  );
}
