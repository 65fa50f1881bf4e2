import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckpointSink,
  fileSink,
  readCheckpoint,
  readCheckpointFile,
  readRecord,
} from '@kaizen-eatp/core/checkpoints';
import { StoreError } from '@kaizen-eatp/core/errors';
import { describe, expect, it } from 'vitest';
import { copyOf, folderOfTest, Site } from './site.js';

describe('the file of a sink', () => {
  it('grows by a line for each checkpoint, and shows with all leaves what the store held', async () => {
    const site = await Site.create();
    const path = join(folderOfTest(), 'checkpoints.jsonl');
    const sinks = [fileSink(path)];
    expect(readCheckpointFile(path)).toBeUndefined();
    const notes: string[] = [];
    for (let i = 0; i < 3; i++) {
      await site.audit(`more-${i}`);
      notes.push((await site.trust.checkpoint({ sinks })).note);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const lines = readFileSync(path, 'utf8').split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => readRecord(line).note)).toEqual(notes);
    const kept = readCheckpointFile(path);
    expect(kept?.note).toBe(notes[2]);
    expect(kept?.leaves).toHaveLength(readCheckpoint(notes[2] as string).size);
  });

  it('gets the leaves that it lacks, and keeps nothing twice', async () => {
    const site = await Site.create();
    const path = join(folderOfTest(), 'checkpoints.jsonl');
    await site.trust.checkpoint();
    await site.audit('more');
    await site.trust.checkpoint({ sinks: [fileSink(path)] });
    await site.trust.checkpoint({ sinks: [fileSink(path)] });
    const records = readFileSync(path, 'utf8').trim().split('\n').map(readRecord);
    expect(records.map(({ start, leaves }) => [start, leaves.length > 0])).toEqual([
      [0, true],
      [records[0]?.leaves.length, false],
    ]);
  });

  it('refuses what does not continue it, and stays as it was', async () => {
    const site = await Site.create();
    const path = join(folderOfTest(), 'checkpoints.jsonl');
    const older = await copyOf(site.store);
    await site.trust.checkpoint({ sinks: [fileSink(path)] });
    const before = readFileSync(path, 'utf8');
    const other = await Site.create();
    for (const trust of [site.over(older), other.trust]) {
      const made = trust.checkpoint({ sinks: [fileSink(path)] });
      await expect(made).rejects.toMatchObject({ code: 'CHECKPOINT_INCONSISTENT' });
    }
    const [line] = before.split('\n') as [string];
    const shorter = readRecord(line);
    const forged = {
      ...shorter,
      leaves: shorter.leaves.map((leaf) => leaf.replace('"read"', '"rEad"')).slice(0, -1),
    };
    await expect(fileSink(path).write(forged, () => [])).rejects.toMatchObject({
      code: 'CHECKPOINT_INCONSISTENT',
    });
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('says where it cannot be written', async () => {
    const site = await Site.create();
    const path = join(folderOfTest(), 'none', 'checkpoints.jsonl');
    await expect(site.trust.checkpoint({ sinks: [fileSink(path)] })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      evidence: { path },
    });
  });

  it('goes on after a line that a crash cut off, and reports one that was changed', async () => {
    const site = await Site.create();
    const path = join(folderOfTest(), 'checkpoints.jsonl');
    await site.trust.checkpoint({ sinks: [fileSink(path)] });
    appendFileSync(path, '{"leaves":["cut o');
    await site.audit('more');
    const made = await site.trust.checkpoint({ sinks: [fileSink(path)] });
    expect(readCheckpointFile(path)?.note).toBe(made.note);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('agent-bob', 'agent-bab'));
    expect(() => readCheckpointFile(path)).toThrow(
      expect.objectContaining({ code: 'CHECKPOINT_INCONSISTENT' }),
    );
    writeFileSync(path, text.replace('"start":0', '"begin":0'));
    expect(() => readCheckpointFile(path)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_MALFORMED' }));
  });

  it('is kept on a schedule, until it is ended', async () => {
    const site = await Site.create();
    const path = join(folderOfTest(), 'checkpoints.jsonl');
    const made: string[] = [];
    await new Promise<void>((resolve) => {
      const end = site.trust.scheduleCheckpoints({
        interval: 5,
        sinks: [fileSink(path)],
        onCheckpoint: ({ note }) => {
          if (made.push(note) === 3) void end().then(resolve);
        },
      });
    });
    expect(made).toHaveLength(3);
    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(3);
  });

  it('hands errors of a schedule to its listener, and goes on', async () => {
    const site = await Site.create();
    const errors: unknown[] = [];
    await new Promise<void>((resolve) => {
      const end = site.trust.scheduleCheckpoints({
        interval: 1,
        authorityId: 'org-nobody',
        onError: async (error) => {
          if (errors.push(error) === 2) void end().then(resolve);
          throw error;
        },
      });
    });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'AUTHORITY_NOT_FOUND' }),
      expect.objectContaining({ code: 'AUTHORITY_NOT_FOUND' }),
    ]);
  });
});

describe('a checkpoint that cannot be made', () => {
  it('names what is missing', async () => {
    const site = await Site.create();
    const nobody = site.over(site.store);
    await expect(nobody.checkpoint({ origin: 'with space' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await nobody.checkpoint({ origin: 'log.example/acme' });
    await expect(nobody.checkpoint({ origin: 'log.example/other' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(nobody.checkpoint({ sink: [] } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('a sink that is down', () => {
  const down = (what: string): CheckpointSink => ({
    write: async () => {
      throw new StoreError('STORE_FAILED', `${what} cannot be reached`, { remedy: 'Start it.' });
    },
  });

  it('does not keep the checkpoint from the sinks after it, and gets what it lacks with the next one', async () => {
    const site = await Site.create();
    const path = join(folderOfTest(), 'checkpoints.jsonl');
    let isDown = true;
    const sizes: number[] = [];
    const witness: CheckpointSink = {
      size: async () => sizes.at(-1) ?? 0,
      write: async (record) => {
        if (isDown) return down('the witness').write(record, () => []);
        sizes.push(record.start + record.leaves.length);
        expect(record.start).toBe(0);
      },
    };
    await expect(site.trust.checkpoint({ sinks: [witness, fileSink(path)] })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      summary: 'the witness cannot be reached',
    });
    const kept = readCheckpointFile(path);
    expect(kept?.leaves.length).toBeGreaterThan(0);
    isDown = false;
    await site.audit('more');
    await site.trust.checkpoint({ sinks: [witness, fileSink(path)] });
    expect(sizes[0]).toBeGreaterThan(kept?.leaves.length as number);
  });

  it('is named with the others that are', async () => {
    const site = await Site.create();
    const error = await site.trust.checkpoint({ sinks: [down('a'), down('b')] }).catch((thrown) => thrown);
    expect(error).toMatchObject({
      code: 'CHECKPOINT_NOT_KEPT',
      evidence: { failures: [{ sink: 0 }, { sink: 1 }] },
    });
    expect(error.message).toMatch(/from sink 0: .*a cannot be reached.*; from sink 1: .*b cannot be reached/);
  });
});
