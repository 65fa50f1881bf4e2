import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { PYTHON, pythonFile } from '../python-child.js';

export async function setup() {
  const client = new Client({ name: 'bench', version: '0' });
  const args = ['-B', pythonFile('mcp_echo.py')];
  await client.connect(new StdioClientTransport({ command: PYTHON, args, stderr: 'inherit' }));
  return {
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
