import { Flex, Grid, Group, SegmentedControl, Stack, Switch, Text } from '@mantine/core';
import { useState } from 'react';
import { CopyButton } from '@/ui/CopyButton';
import { PagePicture } from './PagePicture';
import { PageRail, type RailPage } from './PageRail';
import { PageSteps } from './PageSteps';
import { PageBadges, PageText } from './PageText';
import { countPages, type Page, type Pdf, textOf } from './pdf';
import { indexNear } from './steps';
import { usePageKeys } from './usePageKeys';
import type { PageViewProps } from './view';
import './pages.css';

type Faces = 'both' | 'picture' | 'text';

interface Props extends PageViewProps {
  pdf: Pdf;
  jobId: string;
}

function markOf({ status, isDoubtful }: Page): RailPage['mark'] {
  if (status === 'failed' || status === 'skipped') return status;
  return isDoubtful ? 'doubtful' : null;
}

/** The pages of a PDF, one at a time: how it looks beside what was read. */
export function PagesView({ pdf: { filename, issueDate, pages: all }, jobId, view, onView }: Props) {
  const [faces, setFaces] = useState<Faces>('both');
  const doubtful = all.filter(({ isDoubtful }) => isDoubtful);
  const isDoubtfulOnly = view.isDoubtfulOnly === true && doubtful.length > 0;
  const pages = isDoubtfulOnly ? doubtful : all;
  const current = indexNear(pages, view.page);
  const page = pages[current];
  const choose = (index: number) => {
    const chosen = pages[index];
    if (chosen) onView({ page: chosen.number, isDoubtfulOnly });
  };
  const filter = (isOnly: boolean) => {
    const shown = isOnly ? doubtful[indexNear(doubtful, page?.number)] : page;
    onView({ page: shown?.number, isDoubtfulOnly: isOnly });
  };
  usePageKeys((step) => choose(current + step));
  if (!page) return null;
  const steps = pages.map((one) => ({ number: one.number, mark: markOf(one) }));
  const text = textOf(page);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {filename}, {issueDate === 'unknown' ? 'date of issue unknown' : `issue of ${issueDate}`}: {countPages(all)}
        </Text>
        {doubtful.length > 0 && (
          <Switch
            size="sm"
            label={`Only doubtful pages (${doubtful.length})`}
            checked={isDoubtfulOnly}
            onChange={(event) => filter(event.currentTarget.checked)}
          />
        )}
      </Group>
      <Flex gap="md" align="flex-start">
        <PageRail pages={steps} current={current} onChoose={choose} />
        <Stack gap="sm" component="section" aria-label={`Page ${page.number}`} flex={1} miw={0}>
          <Group justify="space-between" gap="xs">
            <Group gap="sm">
              <PageSteps pages={steps} current={current} onChoose={choose} />
              <PageBadges page={page} />
            </Group>
            <Group gap="xs">
              {text && <CopyButton wide text={text} label="Copy text" />}
              <SegmentedControl
                size="xs"
                aria-label="Show of a page"
                value={faces}
                onChange={(chosen) => setFaces(chosen as Faces)}
                data={[
                  { value: 'both', label: 'Both' },
                  { value: 'picture', label: 'Picture' },
                  { value: 'text', label: 'Text' },
                ]}
              />
            </Group>
          </Group>
          <Grid gap="lg">
            {faces !== 'text' && (
              <Grid.Col span={{ base: 12, md: faces === 'both' ? 6 : 12 }}>
                <div className="hr-beside">
                  <PagePicture key={page.number} jobId={jobId} number={page.number} next={pages[current + 1]?.number} />
                </div>
              </Grid.Col>
            )}
            {faces !== 'picture' && (
              <Grid.Col span={{ base: 12, md: faces === 'both' ? 6 : 12 }}>
                <PageText key={page.number} page={page} />
              </Grid.Col>
            )}
          </Grid>
        </Stack>
      </Flex>
    </Stack>
  );
}
