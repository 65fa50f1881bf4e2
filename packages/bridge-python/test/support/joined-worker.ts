import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { PYTHON } from './remote-world.js';

export interface JoinedWorker {
  readonly process: ChildProcess;
  readonly lines: readonly string[];
  readonly exited: Promise<number | null>;
  /** Resolves when a line matches. */
  until(line: RegExp): Promise<string>;
}

/** A folder of the test's own, which is gone afterwards. */
export function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'eatp-bridge-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `kaizen-eatp-bridge` as a user would. It is ended with the test. */
export function runBridgeCommand(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): JoinedWorker {
  const child = spawn(PYTHON, ['-m', 'kaizen_eatp_bridge', ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream })
      .on('line', (line) => {
        lines.push(line);
        for (const wake of waiting) wake();
      })
      .on('error', () => undefined);
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  let isOver = false;
  exited.then(() => {
    isOver = true;
    for (const wake of waiting) wake();
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    process: child,
    lines,
    exited,
    async until(pattern) {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        if (isOver) throw new Error(`it ended, and printed only:\n${lines.join('\n')}`);
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
    },
  };
}
