import { asText } from '../../definition/expressions/template.ts';
import { LINES, outputNames } from '../../definition/model/tool.ts';
import type { RedactorStream } from '../../masking/redactor.ts';
import { SHORTEST_FORM } from '../../masking/value-forms.ts';
import { isName } from '../../names.ts';
import type { PlannedRun } from '../../plan/plan.ts';
import type { OutputStream } from '../../process/child.ts';
import { NOT_JSON, parseExactJson } from '../../text/exact-json.ts';
import type { JsonValue } from '../../text/node.ts';
import { DEEPEST, nestsTooDeeply } from '../../text/node.ts';
import { decodeUtf8 } from '../../text/utf8.ts';
import type { CallScope } from '../context/call-scope.ts';
import type { RunResources } from '../context/run-resources.ts';
import type { EndReason } from '../event.ts';
import { MAXIMUM_OUTPUTS, parseOutputs } from '../workspace/step-outputs.ts';
import { maskJson, masksOfValue } from './masks.ts';

/** The limit of a stream: the rest is read and discarded, with a note in the output. */
const MAXIMUM_STREAM = 64 * 1024 * 1024;

type Outcome = { readonly outputs: Readonly<Record<string, string>> } | { readonly reason: EndReason };

/** The redactor of the output, and the receiver of its events. */
export type OutputSink = Pick<CallScope, 'redactor'> & Pick<RunResources, 'emit'>;

/** Turns the output of a child into masked events and masked outputs. Each attempt has its own reader. */
export class OutputReader {
  readonly #planned: PlannedRun;
  readonly #sink: OutputSink;
  readonly #streams: Record<OutputStream, MaskedText>;
  readonly #kept: Uint8Array[] = [];
  #keptBytes = 0;

  constructor(planned: PlannedRun, sink: OutputSink) {
    this.#planned = planned;
    this.#sink = sink;
    this.#streams = {
      stdout: new MaskedText(sink.redactor.stream()),
      stderr: new MaskedText(sink.redactor.stream()),
    };
  }

  /** @param chunk its memory is this reader's from here on */
  write(stream: OutputStream, chunk: Uint8Array): void | Promise<void> {
    const isKept = stream === 'stdout' && this.#planned.step.output !== undefined && this.#keep(chunk);
    if (stream === 'stdout' && this.#isWithheld) {
      if (!isKept) freeMemory(chunk);
      return undefined;
    }
    const before = this.#streams[stream].bytes;
    const told = this.#emit(stream, this.#streams[stream].push(chunk));
    if (!isKept && before >= MAXIMUM_STREAM) freeMemory(chunk);
    const cut = before <= MAXIMUM_STREAM && this.#streams[stream].bytes > MAXIMUM_STREAM;
    return cut ? this.#notice(`${stream} is larger than ${MAXIMUM_STREAM} bytes; the rest is not shown`) : told;
  }

  /**
   * Lets out what was held back in case it was the beginning of a secret. Nobody waits for the reader any more: one that
   * has stopped cannot keep a step from ending.
   */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) void this.#emit(stream, this.#streams[stream].end());
  }

  /** @param file the bytes of $LOCKSTEP_OUTPUT; null when it grew beyond what is read */
  outputs(file: Uint8Array | null): Outcome {
    if (file === null || this.#keptBytes > MAXIMUM_OUTPUTS)
      return { reason: { why: 'output-limit', bytes: MAXIMUM_OUTPUTS } };
    const written = parseOutputs(file);
    if (written.problem !== undefined) return { reason: { why: 'output-invalid', detail: written.problem } };
    const printed = this.#printed();
    if (typeof printed === 'string') return { reason: { why: 'output-invalid', detail: printed } };
    const given = new Map([...printed, ...written.outputs]);
    const missing = outputNames(this.#planned.step).filter((name) => !given.has(name));
    if (missing.length > 0) return { reason: { why: 'output-missing', names: missing } };
    const outputs = this.#mask(given);
    if (this.#isWithheld) void this.#emit('stdout', this.#sink.redactor.text(Buffer.concat(this.#kept).toString()));
    return { outputs };
  }

  /** Standard output that holds a sensitive output is shown when that is known, and so masked. */
  get #isWithheld(): boolean {
    const { output, sensitiveOutputs } = this.#planned.step;
    return output !== undefined && sensitiveOutputs.size > 0;
  }

  /** Says what is not shown or kept of a step that did not succeed. @param wroteOutputs to $LOCKSTEP_OUTPUT */
  tellDropped(wroteOutputs: boolean): void {
    if (wroteOutputs) void this.#notice('it failed, so the outputs that it wrote are dropped');
    if (this.#isWithheld && this.#keptBytes > 0)
      void this.#notice('its standard output may hold a sensitive output and is not shown');
  }

  /** What standard output gives, or what is wrong with it. */
  #printed(): Map<string, JsonValue> | string {
    const { output } = this.#planned.step;
    if (output === undefined) return new Map();
    const text = decodeUtf8(Buffer.concat(this.#kept));
    if (text === undefined) return 'standard output is not UTF-8 text';
    if (output === 'json') return parsePrinted(text);
    if (output === 'text') return new Map([['text', text.replace(/[\r\n]+$/, '')]]);
    // A secret of several lines is found only while they are together.
    const masked = this.#sink.redactor.text(text);
    if (masked !== text) void this.#notice(`the output "${LINES}" holds a secret and was masked`);
    return new Map([[LINES, linesOf(masked)]]);
  }

  #mask(outputs: ReadonlyMap<string, JsonValue>): Record<string, string> {
    const { sensitiveOutputs } = this.#planned.step;
    const masked: Record<string, string> = Object.create(null);
    // First the sensitive ones: what the others hold of them is masked then.
    const isSensitive = ([name]: [string, JsonValue]) => sensitiveOutputs.has(name);
    // A step may make a secret the name of an output too.
    const all = [...outputs].map(([name, value]): [string, JsonValue] => [this.#sink.redactor.text(name), value]);
    for (const [name, value] of all.filter(isSensitive)) masked[name] = this.#handOn(name, value);
    for (const [name, value] of all.filter((one) => !isSensitive(one))) masked[name] = this.#masked(name, value);
    return masked;
  }

  /** A sensitive output is masked like a secret from here on, and not for those who are given it. A secret of the vault in it is. */
  #handOn(name: string, value: JsonValue): string {
    const { redactor } = this.#sink;
    const kept = this.#masked(name, value, redactor.beginning);
    redactor.add([...masksOfValue(maskJson(value, redactor.beginning)), Buffer.from(kept)]);
    if (kept !== '' && Buffer.byteLength(kept) < SHORTEST_FORM)
      void this.#notice(`the output "${name}" is shorter than ${SHORTEST_FORM} bytes: it is not masked`);
    return kept;
  }

  #masked(name: string, value: JsonValue, redactor = this.#sink.redactor): string {
    const masked = redactor.text(asText(maskJson(value, redactor)));
    if (masked !== asText(value)) void this.#notice(`the output "${name}" holds a secret and was masked`);
    return masked;
  }

  /** False for what is too much. */
  #keep(chunk: Uint8Array): boolean {
    this.#keptBytes += chunk.length;
    const isKept = this.#keptBytes <= MAXIMUM_OUTPUTS;
    if (isKept) this.#kept.push(chunk);
    return isKept;
  }

  #emit(stream: OutputStream, text: string): void | Promise<void> {
    return text === '' ? undefined : this.#sink.emit({ type: 'output', step: this.#planned.stepPath, stream, text });
  }

  #notice(message: string): void | Promise<void> {
    return this.#sink.emit({ type: 'notice', step: this.#planned.stepPath, message });
  }
}

/** Bytes in any pieces -> masked text in whole characters. */
export class MaskedText {
  bytes = 0;
  readonly #redactor: RedactorStream;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(redactor: RedactorStream) {
    this.#redactor = redactor;
  }

  push(chunk: Uint8Array): string {
    const room = Math.max(0, MAXIMUM_STREAM - this.bytes);
    this.bytes += chunk.length;
    return room === 0 ? '' : this.#decoder.decode(this.#redactor.push(chunk.subarray(0, room)), { stream: true });
  }

  end(): string {
    return this.#decoder.decode(this.#redactor.end());
  }
}

/**
 * At once: Node keeps what it reads outside of the heap, and dead chunks alone call the collector only when there are 64 MB
 * of them. Memory that is shared with others stays.
 */
function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Without the line ends, of which the last belongs to the last line. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function parsePrinted(text: string): Map<string, JsonValue> | string {
  const read = parseExactJson(text);
  if ('fault' in read)
    return read.fault === NOT_JSON ? 'standard output is not JSON' : `standard output holds ${read.fault}`;
  const { value } = read;
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    return 'standard output is JSON, but not an object';
  if (nestsTooDeeply(value)) return `standard output is JSON nested deeper than ${DEEPEST} levels`;
  const bad = Object.keys(value).find((key) => !isName('word', key));
  if (bad !== undefined) return 'standard output has a key that is not a valid output name';
  return new Map(Object.entries(value));
}
