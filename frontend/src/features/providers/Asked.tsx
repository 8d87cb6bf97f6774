import { Box, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown, IconChevronRight, IconEraser } from '@tabler/icons-react';
import { useForget } from '@/api/providers';
import type { Lesson, ProviderModel } from '@/api/types';
import { plural } from '@/lib/format';
import { Allowed } from '@/ui/Allowed';
import { AskButton } from '@/ui/AskButton';
import { RelativeTime } from '@/ui/RelativeTime';
import { describeDialect, describeLesson, shownLessons, summariseDialect } from './dialect';

interface Props {
  provider: string;
  model: ProviderModel;
}

/** How a model is asked, in a line; behind it everything, and what refusals taught. */
export function Asked({ provider, model: { name, dialect, learned } }: Props) {
  const [isOpen, { toggle }] = useDisclosure(false);
  if (!dialect) return null;
  const lessons = shownLessons(learned);
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Box>
      <UnstyledButton onClick={toggle} aria-expanded={isOpen} className="hr-fold">
        <Chevron size={14} aria-hidden style={{ flex: 'none', marginTop: 2 }} />
        <Text size="xs" span style={{ overflowWrap: 'anywhere' }}>
          How {name} is asked: {summariseDialect(dialect)}
          {lessons.length > 0 && ` · ${plural(lessons.length, 'parameter')} learned`}
        </Text>
      </UnstyledButton>
      {isOpen && (
        <Stack gap="sm" pl={20} pt={6}>
          <Box component="dl" m={0}>
            {describeDialect(dialect).map(([label, words]) => (
              <Group key={label} gap="sm" wrap="nowrap" align="flex-start">
                <Text component="dt" size="xs" c="dimmed" w={84} flex="none">
                  {label}
                </Text>
                <Text component="dd" size="xs" m={0} style={{ overflowWrap: 'anywhere' }}>
                  {words}
                </Text>
              </Group>
            ))}
          </Box>
          {lessons.length > 0 && <Lessons provider={provider} model={name} lessons={lessons} />}
        </Stack>
      )}
    </Box>
  );
}

function Lessons({ provider, model, lessons }: { provider: string; model: string; lessons: Lesson[] }) {
  const forget = useForget(provider);
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="xs" fw={600}>
        Learned from refusals
      </Text>
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {lessons.map((lesson) => (
          <li key={lesson.parameter}>
            <Text size="xs" className="hr-mono" fz="xs" style={{ overflowWrap: 'anywhere' }}>
              {describeLesson(lesson)}
            </Text>
            <Text size="xs" component="div" style={{ overflowWrap: 'anywhere' }}>
              “{lesson.reason}”
            </Text>
            <Text size="xs" c="dimmed" component="div">
              learned <RelativeTime at={lesson.learned_at} />, forgotten <RelativeTime at={lesson.expires_at} ahead />
            </Text>
          </li>
        ))}
      </Stack>
      <Allowed right="operate">
        <AskButton
          leftSection={<IconEraser size={15} aria-hidden />}
          aria-label={`Forget what was learned: ${model}`}
          title={`Forget what was learned about ${model}?`}
          question="The next calls ask it as its preset and the file say, and find out anew what it refuses: a few of them may be refused for that. No job fails by it."
          keep="Keep it"
          action={{
            isPending: forget.isPending,
            error: forget.error,
            run: (onDone) => forget.mutate(model, { onSuccess: onDone }),
          }}
        >
          Forget
        </AskButton>
      </Allowed>
    </Stack>
  );
}
