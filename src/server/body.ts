import { parseExactJson } from '../text/exact-json.ts';
import type { JsonValue } from '../text/node.ts';
import { nestsTooDeeply } from '../text/node.ts';
import { decodeUtf8 } from '../text/utf8.ts';
import { Refusal } from './access/refusal.ts';

/** A value of 1 MiB in base64, and what stands around it. */
const LARGEST_BODY = 1536 * 1024;

/** @throws Refusal 400, 413 or 415 */
export async function jsonBody(request: Request): Promise<unknown> {
  if (!/^application\/json(?:\s*;\s*charset=utf-8)?$/i.test(request.headers.get('content-type') ?? ''))
    throw new Refusal(415, 'request/content-type', 'the body has to be application/json');
  return parsedJson(await limitedBody(request));
}

/** @throws Refusal 400 */
export function parsedJson(bytes: Uint8Array): JsonValue {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new Refusal(400, 'request/body', 'the body is not UTF-8');
  const read = parseExactJson(text);
  if ('fault' in read) throw new Refusal(400, 'request/body', 'the body is not valid JSON');
  if (nestsTooDeeply(read.value)) throw new Refusal(400, 'request/body', 'the body nests too deeply');
  return read.value;
}

/** @throws Refusal 413 */
export async function limitedBody({ body, headers }: Request): Promise<Uint8Array> {
  const tooLarge = () =>
    new Refusal(413, 'request/body', `the body is larger than ${LARGEST_BODY} bytes`, [], { connection: 'close' });
  if (Number(headers.get('content-length') ?? 0) > LARGEST_BODY) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
