import { Box, Group, Text, UnstyledButton } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconAlertTriangle, IconFileOff } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { scrolledTo, windowOf } from './steps';

const ROW_PX = 32;

/** A page as the rail shows it; `mark` says what is to be known of it. */
export interface RailPage {
  number: number;
  mark: 'doubtful' | 'skipped' | 'failed' | null;
}

const ICONS = { doubtful: IconAlertTriangle, skipped: IconFileOff, failed: IconFileOff };
const TONES = {
  doubtful: 'var(--mantine-color-orange-light-color)',
  skipped: 'dimmed',
  failed: 'var(--mantine-color-error)',
};

interface Props {
  pages: readonly RailPage[];
  /** The place of the page that is shown. */
  current: number;
  onChoose: (index: number) => void;
}

/** All pages by number; of many, only those near the view are rendered. */
export function PageRail({ pages, current, onChoose }: Props) {
  const list = useRef<HTMLElement>(null);
  const { ref, height } = useElementSize<HTMLElement>();
  const merged = useMergedRef(list, ref);
  const [top, setTop] = useState(0);
  useEffect(() => {
    const found = list.current;
    if (found) found.scrollTop = scrolledTo(current, { top: found.scrollTop, height, row: ROW_PX });
  }, [current, height]);
  const [first, end] = windowOf(pages.length, { top, height, row: ROW_PX });
  const press = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onChoose(Math.min(pages.length - 1, Math.max(0, current + step)));
    list.current?.focus({ preventScroll: true });
  };
  return (
    <Box
      component="nav"
      ref={merged}
      aria-label="Pages of the document"
      aria-description="Arrow keys go from page to page"
      className="hr-rail"
      tabIndex={0}
      onKeyDown={press}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <Box pos="relative" h={pages.length * ROW_PX}>
        {pages.slice(first, end).map(({ number, mark }, offset) => {
          const index = first + offset;
          const Icon = mark ? ICONS[mark] : null;
          return (
            <UnstyledButton
              key={number}
              className="hr-rail-page"
              pos="absolute"
              inset={`${index * ROW_PX}px 0 auto 0`}
              h={ROW_PX}
              tabIndex={-1}
              aria-current={index === current}
              aria-label={`Page ${number}${mark ? `, ${mark}` : ''}`}
              onClick={() => onChoose(index)}
            >
              <Group gap={4} justify="space-between" wrap="nowrap">
                <Text size="sm" className="hr-nums" inherit>
                  {number}
                </Text>
                {mark && Icon && (
                  <Text component="span" c={TONES[mark]} lh={0}>
                    <Icon size={14} aria-hidden />
                  </Text>
                )}
              </Group>
            </UnstyledButton>
          );
        })}
      </Box>
    </Box>
  );
}
