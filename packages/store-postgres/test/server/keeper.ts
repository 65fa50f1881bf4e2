// Keeps one server for all test files that run at the same time: each holds a connection to this process, and when
// the last is gone, however it went, the server is stopped and its data removed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { EmbeddedServer } from './embedded-server.ts';

const folder = process.argv[2] as string;
const LINGER = 2_000;

if (!isFirst()) process.exit(0);
const server = await EmbeddedServer.start(['-c', 'max_connections=200']).catch((error) => {
  rmSync(folder, { recursive: true, force: true });
  throw error;
});
let users = 0;
let timer = setTimeout(end, 10_000);
const door = createServer((socket) => {
  users += 1;
  clearTimeout(timer);
  socket.on('error', () => undefined);
  socket.on('close', () => {
    users -= 1;
    if (users === 0) timer = setTimeout(end, LINGER);
  });
});
door.listen(0, '127.0.0.1', () => {
  const { port } = door.address() as { port: number };
  writeFileSync(join(folder, 'server.json.new'), JSON.stringify({ door: port, url: server.url }));
  // A process that waits for the file finds it whole.
  writeFileSync(join(folder, 'server.json'), readFileSync(join(folder, 'server.json.new')));
});

async function end(): Promise<void> {
  door.close();
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
  process.exit(0);
}

/** One keeper at a time; one whose process is gone does not count. */
function isFirst(): boolean {
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(join(folder, 'pid'), String(process.pid));
      return true;
    } catch {
      if (isAlive()) return false;
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

function isAlive(): boolean {
  try {
    process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    // Between making the folder and writing into it, the other is alive.
    return (
      (error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'EPERM'
    );
  }
}
