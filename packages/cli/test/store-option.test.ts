import { chmodSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kaizen } from './support/kaizen.js';
import { makeWorld, type World } from './support/world.js';

const SECRET = 'hunter2';

describe('the password of a store', () => {
  let world: World;
  beforeAll(() => {
    world = makeWorld();
  });
  afterAll(() => world.remove());

  const call = (store: string, ...args: string[]) =>
    kaizen(['authority', 'list', '--store', store, '--json', ...args], { env: world.env });
  /** Writes a file for `--store file:`. */
  const written = (text: string, mode: number): string => {
    const path = world.path('store');
    writeFileSync(path, `${text}\n`);
    chmodSync(path, mode);
    return `file:${path}`;
  };

  it.each([
    `postgres://user:${SECRET}@127.0.0.1:1/db`,
    `postgres://user:${SECRET}/with-a-slash@127.0.0.1:1/db`,
    `postgres://127.0.0.1:1/db?user=u&password=${SECRET}`,
    `postgres:host=127.0.0.1 password=${SECRET}`,
  ])('is refused as an argument, and in a file that others can read: %s', async (store) => {
    for (const given of [store, written(store, 0o640)]) {
      const done = await call(given, '--verbose');
      expect(done.code).toBe(2);
      expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'SECRET_EXPOSED' } });
      expect(done.stdout + done.stderr).not.toContain(SECRET);
    }
  });

  it.each([
    `postgres://user:${SECRET}@127.0.0.1:1/db`,
    `postgres://user:${SECRET}/with-a-slash@127.0.0.1:1/db`,
    `host=127.0.0.1 password=${SECRET}`,
    `mysql://user:${SECRET}@127.0.0.1/db`,
    SECRET,
  ])('is in no error about a file that only its user can read: %s', async (store) => {
    const done = await call(written(store, 0o600), '--verbose');
    expect(done.code).not.toBe(0);
    expect(done.stdout).not.toContain('SECRET_EXPOSED');
    expect(done.stdout + done.stderr).not.toContain(SECRET);
  });

  it('need not be kept from others where there is none', async () => {
    const done = await call(written(`dir:${world.path('none')}`, 0o644));
    expect(JSON.parse(done.stdout)).toMatchObject({ error: { code: 'STORE_NOT_FOUND' } });
  });

  it('is not looked for through file after file', async () => {
    const done = await call(written(`file:${world.path('store')}`, 0o600));
    expect(JSON.parse(done.stdout)).toMatchObject({
      error: { code: 'COMMAND_USAGE', received: 'the name of another file' },
    });
  });
});
