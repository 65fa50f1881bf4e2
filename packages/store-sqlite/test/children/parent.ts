/** Tells the process that started this one. */
export const tell = (message: unknown): void => void process.send?.(message);

/** Waits for its word. */
export const word = (): Promise<string> =>
  new Promise((resolve) => {
    process.once('message', (message) => {
      process.channel?.unref();
      resolve(String(message));
    });
    process.channel?.ref();
  });

/** The moment on the clock that all processes of the machine share, in milliseconds. */
export const moment = (): number => performance.timeOrigin + performance.now();
