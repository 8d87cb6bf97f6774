import { IconLogout, IconPencil, IconUserCheck, IconUserOff } from '@tabler/icons-react';
import type { User } from '@/api/types';
import { useEndUserSessions, useUpdateUser } from '@/api/users';
import { AskButton } from '@/ui/AskButton';
import { DialogButton } from '@/ui/DialogButton';
import { EditUser } from './EditUser';

/** What an administrator can do with an account. */
export function UserActions({ user, isOwn }: { user: User; isOwn: boolean }) {
  const update = useUpdateUser(user.id);
  const end = useEndUserSessions(user.id);
  const set = (isActive: boolean) => ({
    ...update,
    run: (onDone: () => void) => update.mutate({ is_active: isActive }, { onSuccess: onDone }),
  });
  return (
    <>
      <DialogButton
        leftSection={<IconPencil size={15} aria-hidden />}
        aria-label={`Edit ${user.name}`}
        title={`Edit ${user.name}`}
        dialog={(close) => <EditUser user={user} onClose={close} />}
      >
        Edit
      </DialogButton>
      {user.is_active && (
        <AskButton
          leftSection={<IconLogout size={15} aria-hidden />}
          aria-label={`End sessions of ${user.name}`}
          title={`End all sessions of ${user.name}?`}
          question="Every browser and every program that signed in with the password is signed out at once. API keys go on."
          keep="Keep them"
          isDanger
          action={{ ...end, run: (onDone) => end.mutate(undefined, { onSuccess: onDone }) }}
        >
          End sessions
        </AskButton>
      )}
      {user.is_active && !isOwn && (
        <AskButton
          leftSection={<IconUserOff size={15} aria-hidden />}
          aria-label={`Disable ${user.name}`}
          title={`Disable ${user.name}?`}
          question="Password, sessions and API keys are refused from the next request on. The jobs stay, and go on."
          keep="Keep enabled"
          isDanger
          action={set(false)}
        >
          Disable
        </AskButton>
      )}
      {!user.is_active && (
        <AskButton
          leftSection={<IconUserCheck size={15} aria-hidden />}
          aria-label={`Enable ${user.name}`}
          title={`Enable ${user.name}?`}
          question="The password and the API keys that are neither revoked nor over open what they did."
          keep="Leave disabled"
          action={set(true)}
        >
          Enable
        </AskButton>
      )}
    </>
  );
}
