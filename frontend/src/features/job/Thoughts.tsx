import { Button, Paper, ScrollArea, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { plural } from '@/lib/format';

const MOST_PX = 260;

interface Props {
  text: string;
  attempt: number;
}

/** What a model thought before it answered: folded away at first, and plain text whatever it holds. */
export function Thoughts({ text, attempt }: Props) {
  const [isOpen, { toggle }] = useDisclosure(false);
  const said = `Thoughts, ${plural(text.length, 'character')}`;
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Stack gap={4} align="flex-start">
      <Button
        variant="subtle"
        size="compact-sm"
        onClick={toggle}
        aria-expanded={isOpen}
        aria-label={`${said}, attempt ${attempt}`}
        leftSection={<Chevron size={15} aria-hidden />}
        ml={-8}
      >
        {said}
      </Button>
      {isOpen && (
        <Paper withBorder p="xs" w="100%">
          <ScrollArea.Autosize
            mah={MOST_PX}
            viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': `What attempt ${attempt} thought` }}
          >
            <p className="hr-thoughts">{text}</p>
          </ScrollArea.Autosize>
        </Paper>
      )}
    </Stack>
  );
}
