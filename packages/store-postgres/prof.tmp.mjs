import { createHash } from 'node:crypto';
import { PostgresTrustStore } from '@kaizen-eatp/store-postgres';
import pg from 'pg';
import { EmbeddedServer } from './test/server/embedded-server.ts';

const s = await EmbeddedServer.start();
try {
  const url = s.url;
  const store = await PostgresTrustStore.open({ connectionString: url });
  const admin = new pg.Client({ connectionString: url });
  admin.on("error",()=>{});await admin.connect();
  await admin.query('CREATE TABLE bare (id bigserial PRIMARY KEY, text text NOT NULL)');
  const time = async (n, name, f) => {
    for (let i = 0; i < 200; i++) await f(i + 'w');
    let b = 1e9;
    for (let r = 0; r < 3; r++) {
      const t = performance.now();
      for (let i = 0; i < n; i++) await f(r + '_' + i);
      b = Math.min(b, (performance.now() - t) / n);
    }
    console.log(name, b.toFixed(3));
  };
  const text = '{"a":"' + 'x'.repeat(1200) + '"}';
  const intent = (i) => ({
    op: 'open_intent',
    intent: {
      invocationId: 'run/' + i,
      trailId: 'run-1',
      taskId: 't',
      agentId: 'a',
      action: 'x',
      resource: null,
      delegationId: null,
      humanId: null,
      inputDigest: 'd'.repeat(64),
      owner: 'o'.repeat(36),
      openedAt: '2026',
    },
  });
  await store.commit([
    {
      op: 'put_chain',
      agentId: 'alice',
      text: 'y'.repeat(3000),
      authorityId: 'x',
      expiresAt: null,
      ifVersion: null,
    },
  ]);
  await time(1000, 'bare insert', () =>
    admin.query({ name: 'b', text: 'INSERT INTO bare (text) VALUES ($1)', values: [text] }),
  );
  await time(1000, 'admin select 1', () => admin.query({ name: 's1', text: 'SELECT 1', values: [] }));
  await time(1000, 'readChains', () => store.readChains(['alice']));
  await time(1000, 'admin chains', () =>
    admin.query({
      name: 's2',
      text: 'SELECT agent_id AS "agentId", text, version::text, active FROM eatp.chains WHERE agent_id = ANY($1)',
      values: [['alice']],
    }),
  );
  await time(1000, 'commit intent', (i) => store.commit([intent(i)]));
  await time(1000, 'admin intent', (i) =>
    admin.query({
      name: 'ai',
      text: 'INSERT INTO eatp.intents (invocation_id, trail_id, task_id, agent_id, action, owner, opened_at) VALUES ($1,$2,$3,$4,$5,$6,$7)',
      values: ['x/' + i, 'run-1', 't', 'a', 'x', 'o', '2026'],
    }),
  );
  const st = '0'.repeat(64);
  await time(1000, 'commit anchor+close', (i) =>
    store.commit([
      {
        op: 'append_anchor',
        entry: {
          trailId: 'r' + i,
          sequence: 1,
          previousHash: st,
          hash: st,
          anchorId: 'a',
          agentId: 'a',
          text,
        },
        closesIntent: 'run/' + i,
      },
    ]),
  );
  await time(1000, 'commit empty', (i) => store.commit([]));
  await admin.query('set synchronous_commit=off');
  await time(1000, 'bare insert nosync', () =>
    admin.query({ name: 'b', text: 'INSERT INTO bare (text) VALUES ($1)', values: [text] }),
  );
  await admin.query("set synchronous_commit=on; set track_functions='all'");
  const ex = await admin.query(`explain (analyze, costs off) select eatp.apply_one($1,'{}')`, [
    JSON.stringify([{ op: 'open_intent', ...intent('zz').intent }]),
  ]);
  await admin.query('set synchronous_commit=off');
  await time(1000, 'apply_one nosync', (i) =>
    admin.query({
      name: 'ap',
      text: 'select eatp.apply_one($1,$2)',
      values: [JSON.stringify([{ op: 'open_intent', ...intent('zz' + i).intent }]), []],
    }),
  );
  await time(1000, 'apply_batch nosync', (i) =>
    admin.query({
      name: 'ap2',
      text: 'select eatp.apply_batch($1)',
      values: [JSON.stringify([{ op: 'open_intent', ...intent('zy' + i).intent }])],
    }),
  );
  console.log(ex.rows);
  await store.close();
  await admin.end();
} finally {
  await s.stop();
  process.exit();
}
