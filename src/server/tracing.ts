import { type Context, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { RunDetails } from '../engine/run-details.ts';
import type { LogLine } from '../engine/run-log.ts';

/** Traces of requests and of runs with their steps. Names, times and statuses; never an argument, an output or a value. */
export class Tracing {
  readonly #provider: TracerProvider;

  /** The exporter reads the standard variables, such as OTEL_EXPORTER_OTLP_ENDPOINT. */
  constructor(version: string) {
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'lockstep', 'service.version': version }),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
    });
  }

  /** @param durationMs until now */
  answered(operation: string, request: string, status: number, durationMs: number): void {
    const end = Date.now();
    const span = this.#tracer.startSpan(operation, {
      startTime: end - durationMs,
      attributes: { 'http.response.status_code': status, 'lockstep.request': request },
    });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(end);
  }

  /** A run that has ended, from its journal. */
  runEnded({ run, tool, status, started }: RunDetails, lines: readonly LogLine[]): void {
    const span = this.#tracer.startSpan(`run ${tool}`, {
      startTime: new Date(started),
      attributes: { 'lockstep.run': run, 'lockstep.tool': tool, 'lockstep.status': status },
    });
    if (status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
    this.#steps(lines, trace.setSpan(ROOT_CONTEXT, span));
    span.end(new Date(lines.at(-1)?.time ?? started));
  }

  #steps(lines: readonly LogLine[], parent: Context): void {
    const began = new Map<string, string>();
    for (const { time, event } of lines) {
      if (event.type === 'step-started') began.set(event.step, began.get(event.step) ?? time);
      if (event.type !== 'step-finished') continue;
      const { id, status, attempts } = event.step;
      const attributes = { 'lockstep.status': status, 'lockstep.attempts': attempts };
      const startTime = new Date(began.get(id) ?? time);
      const span = this.#tracer.startSpan(`step ${id}`, { startTime, attributes }, parent);
      if (status === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(new Date(time));
    }
  }

  /** Sends what is left. A collector that is away costs spans, never the end of the server. */
  async close(): Promise<void> {
    await this.#provider.shutdown().catch(() => undefined);
  }

  get #tracer() {
    return this.#provider.getTracer('lockstep');
  }
}
