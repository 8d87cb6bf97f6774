import { Badge, Box, Button, Divider, Group, Stack, Text, Title } from '@mantine/core';
import { IconFileOff } from '@tabler/icons-react';
import { useState } from 'react';
import { plural } from '@/lib/format';
import { type Article, countPages, type Newspaper, type Page, paragraphsOf, whyNot } from './newspaper';

const SHOWN_PAGES = 5;
const PREVIEW_CHARS = 600;

/** What was read from a PDF, as pages with articles: text alone, whatever stands in it. */
export function NewspaperView({ newspaper: { filename, issueDate, pages } }: { newspaper: Newspaper }) {
  const [shown, setShown] = useState(SHOWN_PAGES);
  const left = pages.length - shown;
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
        {filename}, {issueDate === 'unknown' ? 'date of issue unknown' : `issue of ${issueDate}`}: {countPages(pages)}
      </Text>
      {pages.slice(0, shown).map((page) => (
        <PageView key={page.number} page={page} />
      ))}
      {left > 0 && (
        <Group>
          <Button variant="default" size="compact-sm" onClick={() => setShown(shown + SHOWN_PAGES)}>
            {plural(left, 'more page')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function PageView({ page }: { page: Page }) {
  const why = whyNot(page);
  return (
    <Box component="section" aria-label={`Page ${page.number}`}>
      <Divider mb="sm" />
      <Title order={3} size="h6" c="dimmed" mb="xs">
        Page {page.number}
      </Title>
      {why && (
        <Group gap={6} wrap="nowrap" c={page.status === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
          <IconFileOff size={16} aria-hidden style={{ flex: 'none' }} />
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {why}
          </Text>
        </Group>
      )}
      {!why && page.articles.length === 0 && (
        <Text size="sm" c="dimmed">
          No article on this page.
        </Text>
      )}
      <Stack gap="lg">
        {page.articles.map((article, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two articles may be the same, and none ever moves
          <ArticleView key={index} article={article} />
        ))}
      </Stack>
    </Box>
  );
}

function ArticleView({ article: { title, subtitle, author, body, topics, summary } }: { article: Article }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = body.length > PREVIEW_CHARS;
  const text = isLong && !isWhole ? `${body.slice(0, PREVIEW_CHARS)}…` : body;
  return (
    <Stack gap={6} component="article">
      <Title order={4} size="h5" dir="auto" c={title ? undefined : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>
        {title ?? 'Without a title'}
      </Title>
      {subtitle && (
        <Text size="sm" fw={500} dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {subtitle}
        </Text>
      )}
      {author && (
        <Text size="xs" c="dimmed" dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {author}
        </Text>
      )}
      {topics.length > 0 && (
        <Group gap={4}>
          {topics.map((topic) => (
            <Badge key={topic} variant="light" color="gray" radius="sm" tt="none" fw={500} maw="100%">
              {topic}
            </Badge>
          ))}
        </Group>
      )}
      {summary && (
        <Text size="sm" fs="italic" maw="75ch" dir="auto" style={{ overflowWrap: 'anywhere' }}>
          {summary}
        </Text>
      )}
      {paragraphsOf(text).map((paragraph, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: paragraphs have no other name, and none ever moves
        <p key={index} className="hr-prose" dir="auto">
          {paragraph}
        </p>
      ))}
      {isLong && (
        <Group>
          <Button variant="subtle" size="compact-sm" onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
            {isWhole ? 'Show less' : `Show all ${plural(body.length, 'character')}`}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
