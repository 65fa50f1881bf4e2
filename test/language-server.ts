import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** The TypeScript compiler as an editor talks to it, over a file that is open and not saved. */
export class LanguageServer {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #process;
  #received = Buffer.alloc(0);
  #lastId = 0;

  private constructor(private readonly root: string) {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    this.#process = spawn(process.execPath, [compiler, '--lsp', '--stdio'], { cwd: root });
    this.#process.stdout.on('data', (bytes: Buffer) => this.receive(bytes));
    this.#process.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the language server has ended'));
    });
  }

  static async start(root: string): Promise<LanguageServer> {
    const server = new LanguageServer(root);
    const capabilities = { textDocument: { completion: { completionItem: {} } } };
    await server.ask('initialize', {
      processId: process.pid,
      rootUri: `${pathToFileURL(root)}`,
      capabilities,
    });
    server.send({ method: 'initialized', params: {} });
    return server;
  }

  /** The completions at each place marked `<>` in a file, in the order of the marks. */
  async completions(path: string, marked: string): Promise<readonly string[][]> {
    const uri = `${pathToFileURL(join(this.root, path))}`;
    const text = marked.replaceAll('<>', '');
    this.send({
      method: 'textDocument/didOpen',
      params: { textDocument: { uri, languageId: 'typescript', version: 1, text } },
    });
    const offers: string[][] = [];
    const pieces = marked.split('<>').slice(0, -1);
    for (const [i] of pieces.entries()) {
      const before = pieces
        .slice(0, i + 1)
        .join('')
        .split('\n');
      const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
      const answer = (await this.ask('textDocument/completion', { textDocument: { uri }, position })) as {
        readonly items: readonly { readonly label: string }[];
      };
      offers.push(answer.items.map(({ label }) => label));
    }
    return offers;
  }

  close(): void {
    this.#process.kill();
  }

  private ask(method: string, params: unknown): Promise<unknown> {
    this.#lastId += 1;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#lastId, answer);
    this.send({ id: this.#lastId, method, params });
    return answer.promise;
  }

  private send(message: object): void {
    const text = JSON.stringify({ jsonrpc: '2.0', ...message });
    this.#process.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  }

  private receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const head = this.#received.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(`${this.#received.subarray(0, head)}`)?.[1]);
      const end = head + 4 + length;
      if (head < 0 || this.#received.length < end) return;
      this.heed(JSON.parse(`${this.#received.subarray(head + 4, end)}`) as Message);
      this.#received = this.#received.subarray(end);
    }
  }

  private heed({ id, method, result, error }: Message): void {
    // Every request of the server is granted, and its notifications are ignored.
    if (method !== undefined) return void (id !== undefined && this.send({ id, result: null }));
    const waiting = this.#waiting.get(id as number);
    if (error) waiting?.reject(new Error(error.message));
    else waiting?.resolve(result);
  }
}
