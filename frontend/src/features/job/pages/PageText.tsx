import { Alert, Badge, Box, Button, Collapse, Divider, Group, List, Stack, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconChevronDown, IconChevronRight, IconFileOff } from '@tabler/icons-react';
import { plural } from '@/lib/format';
import { ArticleView } from './ArticleView';
import { otherTables, type Page } from './pdf';
import { TableView } from './TableView';
import { doubtWords, readerWords, shareWords, whyNot } from './words';

/** What was read on a page, and what is to be said of that. */
export function PageText({ page }: { page: Page }) {
  const why = whyNot(page);
  const tables = otherTables(page);
  return (
    <Stack gap="md">
      <DoubtNote page={page} />
      {why && (
        <Group gap={6} wrap="nowrap" c={page.status === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
          <IconFileOff size={16} aria-hidden style={{ flex: 'none' }} />
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {why}
          </Text>
        </Group>
      )}
      {!why && page.articles.length === 0 && tables.length === 0 && (
        <Text size="sm" c="dimmed">
          No article on this page.
        </Text>
      )}
      {page.articles.map((article, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two articles may be the same, and none ever moves
        <ArticleView key={index} article={article} isOnly={page.articles.length === 1} />
      ))}
      {tables.map((rows, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: tables have no other name, and none ever moves
        <TableView key={index} rows={rows} label={`Table ${index + 1} of page ${page.number}`} />
      ))}
      <Aside page={page} />
    </Stack>
  );
}

/** Who read a page, how it was laid out, and whether it is doubtful, in a line. */
export function PageBadges({ page: { readBy, layout, isDoubtful } }: { page: Page }) {
  const reader = readBy ? readerWords(readBy) : null;
  return (
    <Group gap={6}>
      {isDoubtful && (
        <Badge
          color="orange"
          variant="light"
          radius="sm"
          tt="none"
          fw={600}
          leftSection={<IconAlertTriangle size={13} aria-hidden />}
        >
          Doubtful
        </Badge>
      )}
      {reader && (
        <Tooltip label={reader.help} openDelay={200}>
          <Badge color="gray" variant="light" radius="sm" tt="none" fw={500}>
            {reader.label}
          </Badge>
        </Tooltip>
      )}
      {layout === 'newspaper' && (
        <Badge color="gray" variant="light" radius="sm" tt="none" fw={500}>
          Newspaper
        </Badge>
      )}
    </Group>
  );
}

function DoubtNote({ page: { isDoubtful, doubts, score } }: { page: Page }) {
  if (!isDoubtful) return null;
  return (
    <Alert
      color="orange"
      variant="light"
      title="This page may have been read wrongly"
      icon={<IconAlertTriangle aria-hidden />}
    >
      <Stack gap={6}>
        <List size="sm" spacing={4}>
          {doubts.map(({ reason, share, detail }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a reason may stand there twice, and none ever moves
            <List.Item key={index} style={{ overflowWrap: 'anywhere' }}>
              {[doubtWords(reason), shareWords(share)].filter(Boolean).join(': ')}
              {detail && (
                <Text size="xs" component="div" dir="auto">
                  {detail}
                </Text>
              )}
            </List.Item>
          ))}
        </List>
        <Text size="sm">
          Compare it with the picture.
          {score !== null && ` Score ${score.toFixed(2)}, where 1 is surely right.`}
        </Text>
      </Stack>
    </Alert>
  );
}

/** Notes, and what was left out of the text. */
function Aside({ page: { notes, leftOut, leftOutText } }: { page: Page }) {
  const [isOpen, { toggle }] = useDisclosure(false);
  if (notes.length === 0 && leftOut === 0) return null;
  const said = `${plural(leftOut, 'running head or page number', 'running heads and page numbers')} left out`;
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Stack gap="xs">
      <Divider />
      {notes.map((note, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a note may stand there twice, and none ever moves
        <Text key={index} size="sm" c="dimmed" dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {note}
        </Text>
      ))}
      {leftOut > 0 && !leftOutText && (
        <Text size="sm" c="dimmed">
          {said}
        </Text>
      )}
      {leftOut > 0 && leftOutText && (
        <Box>
          <Button
            variant="subtle"
            size="compact-sm"
            onClick={toggle}
            aria-expanded={isOpen}
            leftSection={<Chevron size={15} aria-hidden />}
            ml={-8}
            maw="100%"
            h="auto"
            styles={{ label: { whiteSpace: 'normal', textAlign: 'start' } }}
          >
            {said}
          </Button>
          <Collapse expanded={isOpen}>
            <List size="sm" c="dimmed" mt={4}>
              {leftOutText.map((text, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: the same may be left out twice, and none ever moves
                <List.Item key={index} style={{ overflowWrap: 'anywhere' }}>
                  {text}
                </List.Item>
              ))}
            </List>
          </Collapse>
        </Box>
      )}
    </Stack>
  );
}
