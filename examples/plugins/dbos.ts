/**
 * A workflow of DBOS whose steps are tools. It runs once for each version, however often the program is started:
 * DBOS_SYSTEM_DATABASE_URL=postgres://localhost/shop node examples/plugins/dbos.ts FOLDER VERSION
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { openProject } from 'lockstep';
import { toolStep } from 'lockstep/dbos';

const [directory = '.', version = '1'] = process.argv.slice(2);
const { DBOS_SYSTEM_DATABASE_URL: systemDatabaseUrl = 'postgres://localhost/shop' } = process.env;

// The worker's machine has the checkout and the identity: secrets are opened here.
const project = await openProject({ directory });
const runTool = toolStep(DBOS, project, { retries: { maxAttempts: 3, intervalSeconds: 1 } });

const release = DBOS.registerWorkflow(
  async (version: string) => {
    const built = await runTool({ tool: 'build', args: { version } });
    const image = built.outputs.image ?? '';
    return (await runTool({ tool: 'deploy', args: { image } })).outputs;
  },
  { name: 'release' },
);

DBOS.setConfig({ name: 'shop', systemDatabaseUrl });
await DBOS.launch();
try {
  const handle = await DBOS.startWorkflow(release, { workflowID: `release-${version}` })(version);
  console.log(JSON.stringify(await handle.getResult()));
} finally {
  await DBOS.shutdown();
}
