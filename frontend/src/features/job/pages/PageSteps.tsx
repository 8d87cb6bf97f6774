import { ActionIcon, Group, NativeSelect, Text, Title, Tooltip } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { RailPage } from './PageRail';

interface Props {
  pages: readonly RailPage[];
  current: number;
  onChoose: (index: number) => void;
}

/** The page that is shown, and ways to the one before and the one behind; on a narrow screen to all. */
export function PageSteps({ pages, current, onChoose }: Props) {
  const page = pages[current];
  if (!page) return null;
  const isPlain = page.number === current + 1;
  const step = (label: string, to: number, Icon: typeof IconChevronLeft) => (
    <Tooltip label={label} openDelay={200}>
      <ActionIcon variant="default" size={30} aria-label={label} disabled={!pages[to]} onClick={() => onChoose(to)}>
        <Icon size={17} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
  return (
    <Group gap={6} wrap="nowrap">
      {step('Previous page (←)', current - 1, IconChevronLeft)}
      <NativeSelect
        hiddenFrom="sm"
        size="xs"
        aria-label="Page"
        value={current}
        onChange={(event) => onChoose(Number(event.currentTarget.value))}
        data={pages.map(({ number, mark }, index) => ({
          value: String(index),
          label: `Page ${number}${mark ? `, ${mark}` : ''}`,
        }))}
      />
      <Title order={3} size="h6" className="hr-nums hr-page-title">
        Page {page.number}
      </Title>
      <Text size="sm" c="dimmed" className="hr-nums" style={{ whiteSpace: 'nowrap' }}>
        {isPlain ? `of ${pages.length}` : `(${current + 1} of ${pages.length})`}
      </Text>
      {step('Next page (→)', current + 1, IconChevronRight)}
    </Group>
  );
}
