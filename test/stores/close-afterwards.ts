import { afterAll, onTestFinished } from 'vitest';

const left: (() => Promise<void>)[] = [];

/** Call it where a file of tests begins, after what the stores need: hooks at the end run in reverse order. */
export const closeWhatIsLeft = (): void =>
  afterAll(async () => {
    for (const close of left.splice(0)) await close();
  });

/** Closes what a test made when it is over; what is made outside of tests, when the file is. */
export function closeAfterwards(close: () => Promise<void>): void {
  try {
    onTestFinished(close);
  } catch {
    left.push(close);
  }
}
