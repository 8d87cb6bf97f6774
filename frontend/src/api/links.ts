import { client, unwrap } from './client';
import { signIn } from './session';

export type LinkKind = 'invite' | 'reset';

interface Use {
  kind: LinkKind;
  token: string;
  /** How people call the user; of an invite alone. */
  name: string;
  password: string;
}

/** Use a one-time link up: make the account, or set its password, and sign in. */
export async function takeLink({ kind, token, name, password }: Use): Promise<unknown> {
  const call =
    kind === 'invite'
      ? client.POST('/api/v1/auth/invite', { body: { token, name, password } })
      : client.POST('/api/v1/auth/reset', { body: { token, password } });
  const { email } = await unwrap(call);
  return signIn({ username: email, password });
}
