/** Why nobody was signed in by the provider, by the server's codes; its log has the details. */
const REFUSALS: Record<string, string> = {
  sso_account_closed: 'Your account is closed here. An administrator can open it again.',
  sso_bad_token: 'What the provider sent could not be believed. Try again; the log of the server says why.',
  sso_denied: 'The provider did not sign you in.',
  sso_domain: 'Your e-mail address is of no domain that may sign in here.',
  sso_email_unverified:
    'Your e-mail address is not verified at the provider. Verify it there, or ask an administrator of this site.',
  sso_groups_overage:
    'You are in so many groups that the provider does not name them. An administrator must let it send fewer.',
  sso_no_role: 'The provider gives you no role here. Ask an administrator for a group that has one.',
  sso_provider_away: 'The provider cannot be used now. Try again in a moment; the log of the server says why.',
  sso_state_lost: 'The browser did not keep what the sign-in began with. Allow cookies for this site, and try again.',
};

export function refusalWords(code: string): string {
  return REFUSALS[code] ?? 'The provider did not sign you in.';
}
