/**
 * A Restate service that runs tools, and a handler that calls two of them: PORT=9080 node examples/plugins/restate.ts FOLDER
 * Then: restate deployments register http://127.0.0.1:9080
 * and: curl 127.0.0.1:8080/lockstep/run --json '{"tool": "hello", "args": {"name": "Ada"}}'
 */
import { type Context, serve, service } from '@restatedev/restate-sdk';
import { openProject } from 'lockstep';
import { runTool, toolService } from 'lockstep/restate';

// The service's machine has the checkout and the identity: secrets are opened here.
const project = await openProject({ directory: process.argv[2] ?? '.' });
const retries = { maxRetryAttempts: 3, initialRetryInterval: { seconds: 1 } };

const release = service({
  name: 'release',
  handlers: {
    run: async (ctx: Context, { version }: { version: string }) => {
      const built = await runTool(ctx, project, { tool: 'build', args: { version } }, { retries });
      const image = built.outputs.image ?? '';
      return (await runTool(ctx, project, { tool: 'deploy', args: { image } }, { retries })).outputs;
    },
  },
  // Restate ends an attempt that says nothing for a minute, unless it is asked for patience.
  options: { inactivityTimeout: { hours: 2 } },
});

const services = [toolService(project, { retries }), release];
console.log(`listening on ${await serve({ services, port: Number(process.env.PORT ?? 9080) })}`);
