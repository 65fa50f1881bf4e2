import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openContainer } from '../src/container.ts';
import { configurationFor, main } from '../src/main.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kaizen-eatp-plugins-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the example of plugins', () => {
  it('buys the cheapest offer in euros, is denied a stranger, and keeps its trail over a restart', async () => {
    const lines: string[] = [];
    await main(join(folder, 'trust.jsonl'), (line) => lines.push(line));
    // 129 USD are 111.21 euros; 107 CHF are 113.83 euros.
    expect(lines).toEqual([
      'ordered from Brightscrew for 111.21 euros',
      'denied: approved_suppliers: Stranger is not approved',
      'after a restart the trail of the purchase is valid (2 records)',
    ]);
    expect(await readdir(folder)).toEqual(['trust.jsonl']);
  });

  it('refuses a configuration with a misspelt plugin, and a store without its file', async () => {
    const configuration = configurationFor(join(folder, 'trust.jsonl'));
    await expect(openContainer({ ...configuration, patterns: ['cheapest_ofer'] })).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      remedy: expect.stringContaining("'cheapest_offer'"),
    });
    await expect(openContainer({ ...configuration, store: 'snapshot' })).rejects.toMatchObject({
      code: 'PLUGIN_INVALID',
      received: expect.stringContaining('file'),
    });
  });
});
