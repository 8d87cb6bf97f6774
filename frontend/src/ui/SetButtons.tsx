import { Button, Group } from '@mantine/core';

interface Props {
  /** What the button on the left is called that takes the value back. */
  takeBack: string;
  onTakeBack: () => void;
  /** Whether there is something to take back. */
  isSet: boolean;
  isPending: boolean;
  onCancel: () => void;
}

/** The last line of a form that sets one value: take it back, leave it, or set it. */
export function SetButtons({ takeBack, onTakeBack, isSet, isPending, onCancel }: Props) {
  return (
    <Group justify="space-between">
      <Button variant="subtle" px="xs" disabled={!isSet || isPending} onClick={onTakeBack}>
        {takeBack}
      </Button>
      <Group gap="sm">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={isPending}>
          Set
        </Button>
      </Group>
    </Group>
  );
}
