import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a script of this folder in so many processes at once, against the built packages. @throws if one fails. */
export async function runChildren(
  script: string,
  count: number,
  args: (i: number) => readonly string[],
): Promise<void> {
  const path = fileURLToPath(new URL(`./${script}`, import.meta.url));
  await Promise.all(
    Array.from(
      { length: count },
      (_, i) =>
        new Promise<void>((resolve, reject) => {
          const child = spawn(process.execPath, [path, ...args(i)], { stdio: ['ignore', 'ignore', 'pipe'] });
          let complaint = '';
          child.stderr.on('data', (text) => {
            complaint += text;
          });
          child.on('close', (code) =>
            code === 0 ? resolve() : reject(new Error(`${script} ended with ${code}: ${complaint}`)),
          );
        }),
    ),
  );
}
