// Bundles the page into one HTML file without external parts: dist/viewer.html. Run in the package's folder.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const LIMIT = 150_000;
const app = resolve('src/app');

/** The parts of core that only run on Node.js are not in the bundle, but the modules that lead to them name its modules. */
const withoutNode = {
  name: 'without-node',
  resolveId: (specifier) => (specifier.startsWith('node:') ? `\0${specifier}` : undefined),
  load: (id) => (id.startsWith('\0node:') ? { code: 'export {};', moduleSideEffects: false } : undefined),
};

const bundle = await rolldown({
  input: join(app, 'main.tsx'),
  platform: 'browser',
  tsconfig: false,
  // The modules of Node.js have no exports here.
  shimMissingExports: true,
  onLog: (level, log, handle) => (log.code === 'SHIMMED_EXPORT' ? undefined : handle(level, log)),
  plugins: [withoutNode],
  transform: {
    jsx: { runtime: 'automatic', importSource: 'preact' },
    target: 'es2023',
  },
});
const { output } = await bundle.generate({ format: 'esm', minify: true, comments: false });
const script = output[0].code.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--').trim();
const style = readFileSync(join(app, 'style.css'), 'utf8')
  .replaceAll(/\s*\n\s*/g, '')
  .trim();

const hashOf = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const csp = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Kaizen EATP viewer</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<noscript>This page needs JavaScript to verify records.</noscript>
<script type="module">${script}</script>
</body>
</html>
`;
const size = gzipSync(page, { level: 9 }).length;
if (size > LIMIT) throw new Error(`the page is ${size} bytes gzipped, and may have ${LIMIT}`);
mkdirSync('dist', { recursive: true });
writeFileSync('dist/viewer.html', page);
