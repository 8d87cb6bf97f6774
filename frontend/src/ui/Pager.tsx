import { Button, Group } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';

interface Props {
  isFirst: boolean;
  /** What the ways are called, such as `Newer` and `Older`. */
  back: string;
  on: string;
  /** The cursor of the page after this one; null on the last. */
  next: string | null;
  onPrevious: () => void;
  onNext: (cursor: string) => void;
}

/** The ways to the pages beside this one; nothing for a list of one page. */
export function Pager({ isFirst, back, on, next, onPrevious, onNext }: Props) {
  if (isFirst && !next) return null;
  return (
    <Group justify="flex-end" component="nav" aria-label="Pages of the list">
      <Button
        variant="default"
        leftSection={<IconChevronLeft size={16} aria-hidden />}
        disabled={isFirst}
        onClick={onPrevious}
      >
        {back}
      </Button>
      <Button
        variant="default"
        rightSection={<IconChevronRight size={16} aria-hidden />}
        disabled={!next}
        onClick={() => next && onNext(next)}
      >
        {on}
      </Button>
    </Group>
  );
}
