import { checkVectors } from './src/vector-checker.ts';
import { BadVectorFileError, readVectorFile } from './src/vector-file.ts';

// Usage: npm run check:vectors -- FILE [FILE …]
const files = process.argv.slice(2);
const usage = 'npm run check:vectors -- interop/vectors/kailash-trust-2.65.0-seed-1.json [FILE …]';
if (files.includes('--help') || files.includes('-h')) {
  console.log(`Compares files of golden values with what this project computes:\n  ${usage}`);
  process.exit(0);
}
if (files.length === 0) {
  console.error(`Name a file of golden values: ${usage}`);
  process.exit(2);
}
for (const path of files) {
  try {
    const { checked, wrong, permitted } = await checkVectors(readVectorFile(path));
    for (const line of wrong.slice(0, 50)) console.log(`WRONG ${line}`);
    for (const { id, reason, count } of permitted) console.log(`PERMITTED ${count} \u00d7 ${id}: ${reason}`);
    console.log(`${checked} checked, ${wrong.length} wrong`);
    if (wrong.length > 0) process.exitCode = 1;
  } catch (error) {
    console.error(
      error instanceof BadVectorFileError ? error.message : `${path}: ${(error as Error).message}`,
    );
    process.exitCode = 1;
  }
}
