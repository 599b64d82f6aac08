import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An OpenID Connect issuer that gives a person called ada whatever a test asks for. */
export async function startIssuer() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' };
  const server = createServer((incoming, answer) => {
    const found = incoming.url === '/keys' ? { keys: [key] } : { issuer: url, jwks_uri: `${url}/keys` };
    answer.setHeader('content-type', 'application/json').end(JSON.stringify(found));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    token: (claims: object, { issuer = url, audience = 'lockstep', expires = '5m' } = {}) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject('ada')
        .setExpirationTime(expires)
        .sign(privateKey),
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
