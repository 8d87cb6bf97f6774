import { Button, Group, Stack, TextInput, Title } from '@mantine/core';
import { IconSearch, IconSearchOff, IconUsers } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { meQuery } from '@/api/rights';
import { usersQuery } from '@/api/users';
import { itemsOf } from '@/lib/items';
import { ClearFilters } from '@/ui/ClearFilters';
import { DialogButton } from '@/ui/DialogButton';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { MoreButton } from '@/ui/MoreButton';
import { usePageTitle } from '@/ui/usePageTitle';
import { CreateUser } from './CreateUser';
import { UserTable } from './UserTable';

interface Props {
  /** The address of the one who is looked for. */
  email: string | undefined;
  onEmail: (email: string | undefined) => void;
}

/** Who may sign in, and as what. */
export function UsersPage({ email, onEmail }: Props) {
  usePageTitle('Users');
  const found = useInfiniteQuery(usersQuery(email));
  const me = useQuery(meQuery);
  const users = itemsOf(found.data);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          Users
        </Title>
        <DialogButton
          size="sm"
          variant="filled"
          title="Create a user"
          dialog={(close) => <CreateUser onClose={close} />}
        >
          Create a user
        </DialogButton>
      </Group>
      <Search key={email} email={email} onEmail={onEmail} />
      {found.isError && (
        <ErrorFace
          error={found.error}
          what="the users"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the users" />}
      {found.data && users.length === 0 && <NoUsers email={email} onEmail={onEmail} />}
      {users.length > 0 && <UserTable users={users} ownId={me.data?.user_id} />}
      <MoreButton list={found}>More users</MoreButton>
    </Stack>
  );
}

function Search({ email, onEmail }: Props) {
  const [typed, setTyped] = useState(email ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onEmail(typed.trim() || undefined);
  };
  return (
    <Group component="form" gap="xs" role="search" {...{ onSubmit: submit }}>
      <TextInput
        aria-label="Find by e-mail address"
        placeholder="Whole e-mail address"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        flex="1 1 200px"
        maw={320}
      />
      <Button type="submit" variant="default">
        Find
      </Button>
      {email && <ClearFilters onClear={() => onEmail(undefined)} />}
    </Group>
  );
}

function NoUsers({ email, onEmail }: Props) {
  if (email) {
    return (
      <EmptyFace
        icon={IconSearchOff}
        title="Nobody has this address"
        action={<Button onClick={() => onEmail(undefined)}>Show all users</Button>}
      >
        The whole address is looked for; capitals do not matter.
      </EmptyFace>
    );
  }
  return (
    <EmptyFace icon={IconUsers} title="No users yet">
      Each person with an account has a line here. Create one for everybody who is to sign in.
    </EmptyFace>
  );
}
