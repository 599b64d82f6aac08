/** What the server tells while it happens; `reset`: some were missed, so everything is read again. */
export type LiveEvent =
  | { readonly type: 'state'; readonly data: { readonly snapshot: string; readonly current: boolean } }
  | { readonly type: 'run'; readonly data: { readonly run: string; readonly status: string } }
  | { readonly type: 'secrets'; readonly data: { readonly group?: string; readonly name?: string } }
  | { readonly type: 'reset' | 'ready'; readonly data: object };

export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** Reads a body of server-sent events to its end. */
export async function readEvents(response: Response, take: (event: SentEvent) => void): Promise<void> {
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event !== undefined) take(event);
    }
  }
}

function parseEvent(block: string): SentEvent | undefined {
  const fields = new Map(block.split('\n').map((line) => splitField(line)));
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return { id: fields.get('id') ?? '', type: fields.get('event') ?? 'message', data: JSON.parse(data) };
}

function splitField(line: string): [string, string] {
  const at = line.indexOf(': ');
  return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 2)];
}
