import { Badge, Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMemo, useState } from 'react';
import { plural } from '@/lib/format';
import type { Article } from './pdf';
import { TableView } from './TableView';
import { type Block, blocksOf } from './tables';

const SHOWN_CHARS = 6000;

/** The first blocks of a text, until they hold so many characters; a table is never cut. */
function firstBlocks(blocks: readonly Block[]): Block[] {
  const shown: Block[] = [];
  let left = SHOWN_CHARS;
  for (const block of blocks) {
    if (left <= 0) break;
    const text = block.text;
    shown.push(text !== undefined && text.length > left ? { text: `${text.slice(0, left)}…` } : block);
    left -= text?.length ?? 0;
  }
  return shown;
}

/** An article of a page: text alone, whatever stands in it, with its tables as tables. */
export function ArticleView({ article, isOnly }: { article: Article; isOnly: boolean }) {
  const { title, subtitle, author, body, topics, summary } = article;
  const [isWhole, setWhole] = useState(false);
  const blocks = useMemo(() => blocksOf(body), [body]);
  const isLong = body.length > SHOWN_CHARS;
  return (
    <Stack gap={6} component="article">
      {(title || !isOnly) && (
        <Title order={4} size="h5" dir="auto" c={title ? undefined : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>
          {title ?? 'Without a title'}
        </Title>
      )}
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
      {(isLong && !isWhole ? firstBlocks(blocks) : blocks).map((block, index) =>
        block.rows ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name, and none ever moves
          <TableView key={index} rows={block.rows} label="Table in the text" />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name, and none ever moves
          <p key={index} className="hr-prose" dir="auto">
            {block.text}
          </p>
        ),
      )}
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
