import { type Operation, operation } from './operation.ts';

/** The workers of this repository, where runs live in a database. */
export const WORKER_OPERATIONS: readonly Operation[] = [
  operation({
    id: 'listWorkers',
    method: 'get',
    path: '/workers',
    scope: 'read',
    summary: 'Workers, and what each does; none where runs live on the machine of the server',
    answer: 'WorkerList',
    async handle({ served: { live }, caller }) {
      const engine = await live.project.engine();
      const workers = await engine.workers();
      const mayShow = ({ tool }: { readonly tool: string }) => caller.mayUseTool(tool);
      return { engine: engine.name, workers: workers.map((one) => ({ ...one, runs: one.runs.filter(mayShow) })) };
    },
  }),
];
