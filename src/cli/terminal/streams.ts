/** Writes, and resolves when the stream accepts more. */
export async function writeTo(stream: NodeJS.WritableStream, text: string): Promise<void> {
  if (text !== '' && !stream.write(text)) await room(stream);
}

/** Settles when the stream accepts more, or never will: a reader that has gone (`| head -1`) must not delay the end. */
function room(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const names = ['drain', 'error', 'close'] as const;
    const settle = () => {
      for (const name of names) stream.off(name, settle);
      resolve();
    };
    for (const name of names) stream.on(name, settle);
  });
}

/** All bytes of a stream; null if there are more than `limit`: then the rest is left unread. */
export async function readAll(stream: NodeJS.ReadableStream, limit: number): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
