// A client of the protocol's first library: lists and calls over stdio, then over HTTP, and prints what it got.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [, , lockstep = '', root = '', url = '', token = ''] = process.argv;
const results = [];
const transports = [
  new StdioClientTransport({ command: process.execPath, args: [lockstep, '-C', root, 'mcp'] }),
  new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
];
for (const transport of transports) {
  const client = new Client({ name: 'old', version: '1' });
  await client.connect(transport);
  const { tools } = await client.listTools();
  const called = await client.callTool({ name: 'greet', arguments: { name: 'ada' } });
  results.push({ tools: tools.map(({ name }) => name), text: called.content[0].text });
  await client.close();
}
console.log(JSON.stringify(results));
