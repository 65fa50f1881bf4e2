import { readFileSync } from 'node:fs';
import { z } from 'zod';

const text = z.string().min(1);
const verdicts = z
  .array(z.object({ action: text, level: z.enum(['quick', 'standard', 'full']), valid: z.boolean() }))
  .min(1);

const vectorFile = z.object({
  reference: z.string().regex(/^kailash \d/),
  generated_at: text.optional(),
  authorities: z
    .array(z.object({ authority: z.looseObject({ id: text, public_key: text }), private_key: text }))
    .min(1),
  canonical: z.array(z.object({ json: z.string(), canonical: z.string(), sha256: text })).min(1),
  chains: z
    .array(
      z.object({
        stored: text,
        chain_hash: text,
        genesis_payload: text,
        capability_payloads: z.record(z.string(), text),
        delegation_payloads: z.record(z.string(), text),
        chain_state_payload: text,
        constraint_hash: z.string(),
        verify: verdicts,
      }),
    )
    .min(1),
  anchors: z.array(z.object({ stored: text, signing_payload: text, authority_id: text })).min(1),
  tampered: z
    .array(
      z.object({
        what: text,
        stored: z.string(),
        action: text,
        verify: z
          .array(z.object({ level: z.enum(['quick', 'standard', 'full']), valid: z.boolean() }))
          .min(1),
      }),
    )
    .min(1),
});

/** Golden values of the reference; docs/reference.md documents each field. */
export type VectorFile = z.infer<typeof vectorFile>;

/** A file of golden values that is not one. */
export class BadVectorFileError extends Error {}

/** @throws BadVectorFileError with each problem of the file and a remedy. */
export function readVectorFile(path: string): VectorFile {
  const parsed = vectorFile.safeParse(readJson(path));
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .slice(0, 5)
    .map((i) => `  ${i.path.join('.') || '(top level)'}: ${i.message}`);
  throw new BadVectorFileError(
    `${path} is not a file of golden values.\n${issues.join('\n')}\nWrite one with: npm run make:vectors -- --seed 1 --out FILE`,
  );
}

function readJson(path: string): unknown {
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadVectorFileError(`${path} cannot be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new BadVectorFileError(`${path} is not JSON (${(error as Error).message}). Is it whole?`);
  }
}
