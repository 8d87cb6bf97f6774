// An OpenID provider: node oidc_provider.mjs PORT REDIRECT_URI SECRET. Whoever signs in is Ada.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [port, redirectUri, secret] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'headrace',
      client_secret: secret,
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [new URL('/signin', redirectUri).href],
    },
  ],
  pkce: { required: () => true },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  findAccount: (_context, accountId) => ({
    accountId,
    claims: () => ({
      sub: accountId,
      name: 'Ada',
      email: 'ada@example.org',
      email_verified: true,
      groups: ['ops'],
    }),
  }),
});
createServer(provider.callback()).listen(Number(port), '127.0.0.1');
