import { startPython } from '../python-child.js';

/** `fetch` keeps its connections open. */
export async function setup() {
  const child = startPython('http_echo.py');
  const url = `http://127.0.0.1:${await child.ready()}/`;
  const headers = { 'content-type': 'application/json' };
  return {
    pids: child.pids,
    /** @param {unknown} value */
    async call(value) {
      const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(value) });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      return response.json();
    },
    close: () => child.stop(),
  };
}
