import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packagesOf } from '../tools/packages/src/entries.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const REPOSITORY = 'https://github.com/kaizen-eatp/kaizen-eatp';

describe.each(packagesOf(root))('the package $folder', ({ folder, manifest }) => {
  it('says where it comes from and what it is', () => {
    expect(manifest).toMatchObject({
      name: `@kaizen-eatp/${folder}`,
      license: 'Apache-2.0',
      type: 'module',
      description: expect.stringMatching(/.{20}/),
      keywords: expect.arrayContaining(['kaizen-eatp']),
      homepage: `${REPOSITORY}/tree/main/packages/${folder}#readme`,
      bugs: { url: `${REPOSITORY}/issues` },
      repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: `packages/${folder}` },
      engines: { node: '>=22.12' },
      publishConfig: { access: 'public' },
    });
  });

  it('has a README and the licence of the repository', () => {
    expect(existsSync(join(root, 'packages', folder, 'README.md'))).toBe(true);
    const licence = readFileSync(join(root, 'packages', folder, 'LICENSE'), 'utf8');
    expect(licence).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });

  it('lists the effects that importing it has', () => {
    expect(manifest.sideEffects).toBeDefined();
  });
});
