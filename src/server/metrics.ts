import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts about itself, for Prometheus. No label holds a name that a caller chooses. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'lockstep_http_requests_total',
    help: 'Requests by operation and status.',
    labelNames: ['operation', 'status'] as const,
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'lockstep_http_request_duration_seconds',
    help: 'How long requests took, event streams excepted.',
    labelNames: ['operation'] as const,
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [this.#registry],
  });
  readonly #runs = new Counter({
    name: 'lockstep_runs_total',
    help: 'Runs that this server started, by how they ended.',
    labelNames: ['status'] as const,
    registers: [this.#registry],
  });
  readonly #reloads = new Counter({
    name: 'lockstep_reloads_total',
    help: 'Saves that were read, by whether they are in force.',
    labelNames: ['result'] as const,
    registers: [this.#registry],
  });

  /** @param now the present state, asked for at each scrape */
  constructor(now: {
    readonly activeRuns: () => number;
    readonly streams: () => number;
    readonly current: () => boolean;
  }) {
    collectDefaultMetrics({ register: this.#registry, prefix: 'lockstep_' });
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect() {
          this.set(value());
        },
      });
    gauge('lockstep_active_runs', 'Runs of this server that have not ended.', now.activeRuns);
    gauge('lockstep_event_streams', 'Event streams that are open.', now.streams);
    gauge('lockstep_snapshot_current', '1 where the newest save is in force.', () => (now.current() ? 1 : 0));
  }

  answered(operation: string, status: number, seconds: number): void {
    this.#requests.inc({ operation, status: String(status) });
    this.#seconds.observe({ operation }, seconds);
  }

  runEnded(status: string): void {
    this.#runs.inc({ status });
  }

  reloaded(isCurrent: boolean): void {
    this.#reloads.inc({ result: isCurrent ? 'loaded' : 'refused' });
  }

  /** In the text format of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
