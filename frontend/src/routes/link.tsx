import { useLocation, useRouter } from '@tanstack/react-router';
import type { LinkKind } from '@/api/links';
import { TakeLink } from '@/features/signin/TakeLink';

function LinkPage({ kind }: { kind: LinkKind }) {
  const token = useLocation({ select: (location) => location.hash });
  const router = useRouter();
  // Replaced, so that neither the back button nor the history keeps the token.
  return <TakeLink kind={kind} token={token} onSignedIn={() => router.history.replace('/')} />;
}

export function InvitePage() {
  return <LinkPage kind="invite" />;
}

export function ResetPage() {
  return <LinkPage kind="reset" />;
}
