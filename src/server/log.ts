import { pino } from 'pino';

/** What a server writes about itself: one JSON object a line. Neither a value nor a token is ever in it. */
export interface Log {
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
  error(about: object, message: string): void;
}

/** @param stream standard error: standard output is for `--json` */
export function jsonLog(stream: NodeJS.WritableStream, version: string): Log {
  const destination = { write: (line: string) => void stream.write(line) };
  return pino({ base: { version }, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
