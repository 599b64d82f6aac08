import type { SessionAbout } from './session-about.ts';

/** In the older protocol a client that names no level gets no log: many hosts would show each line to their user. */
export function serveLogLevel(session: SessionAbout): void {
  session.answer('logging/setLevel', ({ params }) => {
    session.logLevel = params.level;
    return {};
  });
}
