import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { EatpError } from '@kaizen-eatp/core';
import { within } from '../conformance/within.js';
import { type EngineTrial, fence } from './engine-trial.js';

// The file next to this one: the built file, or the source where the suite itself runs from its sources.
const HOST = fileURLToPath(
  new URL(`./engine-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
);

/** A process that executes runs is killed: another one executes them, and what the first could still write is refused. */
export const takesOver = (trial: EngineTrial): Promise<string | undefined> =>
  trial.inPlace(async (site) => {
    const one = await site.open();
    const child = fork(HOST, [trial.module as string, JSON.stringify(site.place.argument ?? null)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { within: patience, takeOverWithin } = trial.setup;
    try {
      if ((await messageOf(child, patience)) === undefined) return 'the other process did not start a worker';
      const taken = messageOf(child, patience);
      await site.submit(one, 'run-1');
      const job = (await taken) as { readonly runId: string; readonly token: string } | undefined;
      if (!job) return 'the worker in the other process did not execute the run';
      await site.serve(one, 1);
      await kill(child);
      if (!(await site.until(() => site.of('run-1').length > 0, takeOverWithin)))
        return `the run of a killed process was not executed within ${takeOverWithin} ms`;
      const [execution] = site.of('run-1');
      if (execution?.token === job.token) return 'the token of the killed process was given again';
      // It claims the run a moment after it started, where the store alone knows the owner.
      await site.until(() => !execution?.isRunning);
      const refused = await one.store.commit([fence(job)]).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused instanceof EatpError && refused.code === 'STORE_NOT_OWNER') return undefined;
      return `a batch of the killed process had to be refused with STORE_NOT_OWNER, and was ${refused === undefined ? 'taken' : `refused with ${String(refused)}`}`;
    } finally {
      await kill(child);
    }
  });

async function messageOf(child: ChildProcess, patience: number): Promise<unknown> {
  const message = await within(
    Promise.race([once(child, 'message'), once(child, 'exit').then(() => undefined)]),
    patience,
  );
  return message?.[0];
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
