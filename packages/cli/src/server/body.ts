import type { IncomingMessage } from 'node:http';

/**
 * Reads the body of a request as UTF-8. A character can arrive in two parts, so that only the whole is decoded.
 *
 * @param most - the most bytes.
 * @returns undefined for a larger body.
 */
export async function bodyOf(request: IncomingMessage, most: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
