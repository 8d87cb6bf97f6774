import { Anchor, Button, Divider } from '@mantine/core';
import { localUrl, providerUrl } from '@/api/session';

interface Props {
  /** What people call the provider. */
  name: string;
  next?: string | undefined;
  /** Nothing else stands below it. */
  isAlone: boolean;
}

/** Leads to the provider of single sign-on. */
export function ProviderButton({ name, next, isAlone }: Props) {
  return (
    <>
      <Button component="a" href={providerUrl(next)}>
        Sign in with {name}
      </Button>
      {isAlone ? (
        <Anchor href={localUrl(next)} size="sm" ta="center">
          For operators
        </Anchor>
      ) : (
        <Divider label="or" />
      )}
    </>
  );
}
