import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { PYTHON, pythonFile } from '../python-child.js';

export async function setup() {
  const client = new Client({ name: 'bench', version: '0' });
  const args = ['-B', pythonFile('mcp_echo.py')];
  const transport = new StdioClientTransport({ command: PYTHON, args, stderr: 'inherit' });
  await client.connect(transport);
  return {
    pids: [/** @type {number} */ (transport.pid)],
    /** @param {unknown} value */
    async call(value) {
      const { content, isError } = await client.callTool({ name: 'echo', arguments: { value } });
      const [first] = /** @type {{ text: string }[]} */ (content);
      if (isError) throw new Error(first?.text);
      return JSON.parse(first?.text ?? '');
    },
    close: () => client.close(),
  };
}
