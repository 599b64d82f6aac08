import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';

const PROGRAM = join(
  dirname(createRequire(import.meta.url).resolve('yaml-language-server/package.json')),
  'bin/yaml-language-server',
);

interface Place {
  readonly line: number;
  readonly character: number;
}

export interface Finding {
  readonly message: string;
  readonly range: { readonly start: Place; readonly end: Place };
}

/** The yaml-language-server that VS Code's YAML extension runs, spoken to as an editor does. */
export class LanguageServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #findings = new Map<string, Finding[]>();
  #published: () => void = () => undefined;

  private constructor(child: ChildProcess, connection: MessageConnection) {
    this.#child = child;
    this.#connection = connection;
    connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => ({})));
    connection.onRequest('client/registerCapability', () => null);
    connection.onNotification('textDocument/publishDiagnostics', ({ uri, diagnostics }) => {
      this.#findings.set(uri, diagnostics);
      this.#published();
    });
    connection.listen();
  }

  static async start(root: string): Promise<LanguageServer> {
    const child = spawn(process.execPath, [PROGRAM, '--stdio'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const connection = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const server = new LanguageServer(child, connection);
    const rootUri = pathToFileURL(root).href;
    await connection.sendRequest('initialize', { processId: process.pid, rootUri, capabilities: {} });
    await connection.sendNotification('initialized', {});
    const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
    await connection.sendNotification('workspace/didChangeConfiguration', { settings: { yaml } });
    return server;
  }

  /** Opens a text under that path, which need not exist, and resolves to what the server finds wrong with it. */
  async open(path: string, text: string): Promise<readonly Finding[]> {
    const uri = pathToFileURL(path).href;
    const published = new Promise<void>((resolve) => {
      this.#published = resolve;
    });
    await this.#connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId: 'yaml', version: 1, text },
    });
    await published;
    return this.#findings.get(uri) ?? [];
  }

  /** The words offered at a place. */
  async completion(path: string, position: Place): Promise<readonly string[]> {
    const textDocument = { uri: pathToFileURL(path).href };
    const found: { items: { label: string }[] } = await this.#connection.sendRequest('textDocument/completion', {
      textDocument,
      position,
    });
    return found.items.map(({ label }) => label);
  }

  async hover(path: string, position: Place): Promise<string> {
    const textDocument = { uri: pathToFileURL(path).href };
    const found: { contents: { value: string } } | null = await this.#connection.sendRequest('textDocument/hover', {
      textDocument,
      position,
    });
    return found?.contents.value ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.sendRequest('shutdown');
    this.#connection.dispose();
    this.#child.kill('SIGKILL');
  }
}
