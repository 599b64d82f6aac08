import createClient from 'openapi-fetch';
import type { paths } from './api.ts';

declare const process: { readonly argv: readonly string[] };

const [, , baseUrl = '', token = ''] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } });

const started = await client.POST('/api/v1/runs', { body: { tool: 'hello', args: { name: 'Ada' } } });
const run = started.data?.run ?? '';
let status: string = 'running';
while (status === 'running') {
  const found = await client.GET('/api/v1/runs/{run}', { params: { path: { run } } });
  status = found.data?.status ?? 'unknown';
}
const secrets = await client.GET('/api/v1/secrets', { params: { query: { group: 'default' } } });
const refused = await client.GET('/api/v1/tools/{tool}', { params: { path: { tool: 'nothing' } } });
// @ts-expect-error a body without a tool is not a request
const wrong = () => client.POST('/api/v1/runs', { body: { name: 'hello' } });
console.log(
  JSON.stringify({
    status,
    names: secrets.data?.secrets.map(({ name }) => name),
    code: refused.error?.code,
    wrong: typeof wrong,
  }),
);
