import pg from 'pg';
import { onTestFinished, vi } from 'vitest';

/** The statements that the process sends to PostgreSQL from now on; each is one round trip. */
export function countStatements(): { readonly texts: readonly string[]; take(): string[] } {
  const texts: string[] = [];
  const original = pg.Client.prototype.query;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    const [question] = args as [string | { text: string }];
    texts.push(typeof question === 'string' ? question : question.text);
    return Reflect.apply(original, this, args);
  } as never);
  onTestFinished(() => spy.mockRestore());
  return { texts, take: () => texts.splice(0) };
}
