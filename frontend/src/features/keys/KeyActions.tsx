import { IconArrowBackUp, IconBan } from '@tabler/icons-react';
import { useRestoreKey, useRevokeKey } from '@/api/keys';
import type { Key } from '@/api/types';
import { AskButton } from '@/ui/AskButton';
import { RotateKey } from './RotateKey';
import { stateOf } from './words';

/** What can be done with a key: replace one's own, revoke one, take that back. */
export function KeyActions({ of, isOwn }: { of: Key; isOwn: boolean }) {
  const revoke = useRevokeKey(of.id);
  const restore = useRestoreKey(of.id);
  const state = stateOf(of);
  if (state === 'expired') return null;
  if (state === 'revoked') {
    return (
      <AskButton
        leftSection={<IconArrowBackUp size={15} aria-hidden />}
        aria-label={`Restore the key ${of.description}`}
        title={`Restore ${of.description}?`}
        question="It opens again what it did, for whoever has it. Not for a key that leaked: make another one instead."
        keep="Leave it revoked"
        action={{ ...restore, run: (onDone) => restore.mutate(undefined, { onSuccess: onDone }) }}
      >
        Restore
      </AskButton>
    );
  }
  return (
    <>
      {isOwn && state === 'active' && <RotateKey of={of} />}
      <AskButton
        leftSection={<IconBan size={15} aria-hidden />}
        aria-label={`Revoke the key ${of.description}`}
        title={`Revoke ${of.description}?`}
        question={
          <>
            The key <span className="hr-mono">{of.prefix}…</span> is refused from the next request on. What it submitted
            goes on. Within 30 days it can be restored.
          </>
        }
        keep="Keep it"
        isDanger
        action={{ ...revoke, run: (onDone) => revoke.mutate(undefined, { onSuccess: onDone }) }}
      >
        Revoke
      </AskButton>
    </>
  );
}
