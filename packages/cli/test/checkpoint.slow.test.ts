import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { SqliteTrustStore } from '@kaizen-eatp/store-sqlite';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultIn, runKaizen, startKaizen } from './support/kaizen.js';
import { wordsOf } from './support/run-script.js';
import { SERVICE_CALLS } from './support/services.js';
import { makeWorld, runAgents, type World } from './support/world.js';

describe('checkpoints', () => {
  let world: World;
  let witnessWorld: World;
  let runId: string;
  const call = async (...args: string[]) => {
    const done = await runKaizen([...args, '--json'], world.env);
    expect(done, done.stdout).toMatchObject({ code: 0 });
    return resultIn(done);
  };
  beforeAll(async () => {
    world = makeWorld();
    witnessWorld = makeWorld();
    await call('init', '--name', 'ACME', '--id', 'org');
    const store = await SqliteTrustStore.open({ path: world.path('eatp', 'trust.db') });
    ({ runId } = await runAgents(world, store, 'org'));
    await store.close();
  });
  afterAll(() => {
    world.remove();
    witnessWorld.remove();
  });

  it('are cosigned by a witness on another machine, and show what is missing since', async () => {
    const file = world.path('checkpoints.jsonl');
    const { log_key: logKey } = await call('checkpoint', 'create', '--file', file);
    const words = SERVICE_CALLS.witness
      .replace('{logKey}', String(logKey))
      .replace('{folder}', witnessWorld.folder);
    const witness = startKaizen([...wordsOf(words), '--json'], witnessWorld.env);
    const closed = once(witness, 'close');
    const [line] = (await once(witness.stdout, 'data')) as [Buffer];
    const { url, key } = (JSON.parse(line.toString()) as { result: { url: string; key: string } }).result;
    await call('checkpoint', 'create', '--witness', `${url},${key}`, '--file', file);
    witness.kill('SIGINT');
    expect((await closed)[0]).toBe(0);
    const verified = await call('checkpoint', 'verify', file, '--key', key);
    expect(verified).toMatchObject({ consistent: true });
    expect((verified.signed_by as { name: string }[]).map(({ name }) => name)).toContain(
      'witness.example/w1',
    );

    const database = new Database(world.path('eatp', 'trust.db'));
    const { table } = trailTable(database);
    database.prepare(`DELETE FROM ${table} WHERE trail_id = ?`).run(runId);
    database.close();
    const after = await runKaizen(['checkpoint', 'verify', file, '--json'], world.env);
    expect(after).toMatchObject({ code: 1 });
    expect(resultIn(after)).toMatchObject({ consistent: false });
    expect((resultIn(after).findings as { subject: string }[]).map(({ subject }) => subject)).toContain(
      runId,
    );
    const printed = await runKaizen(['checkpoint', 'create'], world.env);
    expect(printed).toMatchObject({ code: 1, stderr: expect.stringContaining(runId) });
    expect(printed.stderr).toContain(`${logKey}`);
    writeFileSync(world.path('note'), printed.stdout);
    expect(await runKaizen(['checkpoint', 'verify', world.path('note'), '--json'], world.env)).toMatchObject({
      stdout: expect.stringContaining('"signed_by": [\n      {'),
    });
    const doctor = await runKaizen(['doctor', '--checkpoint', file, '--json'], world.env);
    expect(doctor).toMatchObject({ code: 1 });
    expect(doctor.stdout).toContain(runId);
    writeFileSync(world.path('empty'), '{}');
    expect(await runKaizen(['checkpoint', 'verify', world.path('empty')], world.env)).toMatchObject({
      code: 6,
    });
  });
});

/** The table that holds the anchors. */
function trailTable(database: Database.Database): { table: string } {
  const found = database
    .prepare(
      "SELECT m.name AS name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'anchor_id'",
    )
    .get() as { name: string };
  return { table: found.name };
}
