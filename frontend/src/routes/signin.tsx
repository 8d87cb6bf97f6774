import { getRouteApi, useRouter } from '@tanstack/react-router';
import { SignIn } from '@/features/signin/SignIn';

const route = getRouteApi('/signin');

export function SignInPage() {
  const { code, next, local, refused, state } = route.useSearch();
  const router = useRouter();
  // Replaced, so that neither the back button nor the history keeps the code.
  return (
    <SignIn
      code={code}
      next={next}
      isLocal={local !== undefined}
      isSignedOut={state !== undefined}
      refused={refused}
      onSignedIn={() => router.history.replace(next ?? '/')}
    />
  );
}
