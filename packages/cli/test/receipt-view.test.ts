import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { OPENERS } from '../src/commands/receipt-view.js';
import { kaizen } from './support/kaizen.js';
import { makeWorld } from './support/world.js';

it('no receipt, and no name of one, adds a script to the page', async () => {
  const world = makeWorld();
  onTestFinished(() => world.remove());
  const [page, name] = [world.path('page.html'), '<script>alert(1)<!--.json'];
  const view = async (text: string): Promise<string> => {
    writeFileSync(world.path(name), text);
    const done = await kaizen(['receipt', 'view', world.path(name), '--output', page], { env: world.env });
    expect(done, done.stderr).toMatchObject({ code: 0 });
    const html = readFileSync(page, 'utf8');
    rmSync(page);
    return html;
  };
  const scripts = (html: string): number => html.match(/<script/gi)?.length ?? 0;
  const hostile = '{"a":"</script><script>alert(1)</script><!--<script>\u2028$&$`"}';
  const html = await view(hostile);
  expect(scripts(html)).toBe(scripts(await view('{}')));
  const [, data = ''] = /<script type="application\/json" id="receipt">(.*?)<\/script>/s.exec(html) ?? [];
  expect(JSON.parse(data)).toEqual({ name, text: hostile });
});

it('no shell opens the page: the name of a receipt could be a command', () => {
  for (const [command] of Object.values(OPENERS)) expect(['open', 'rundll32']).toContain(command);
});
