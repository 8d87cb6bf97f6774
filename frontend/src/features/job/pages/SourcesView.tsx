import { Badge, Box, Button, Flex, Grid, Group, Paper, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconFileText } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { formatCount, plural } from '@/lib/format';
import { PagePicture } from './PagePicture';
import { PageRail } from './PageRail';
import { PageSteps } from './PageSteps';
import { describeSource, type Finding, numbersOf, type Sources } from './sources';
import { indexNear } from './steps';
import { usePageKeys } from './usePageKeys';
import type { PageViewProps } from './view';
import './pages.css';

const SHOWN_NOTES = 3;
const SHOWN_FINDINGS = 100;

interface Props extends PageViewProps {
  sources: Sources;
  jobId: string;
  input: unknown;
}

/** What a job said, each with the words of the text that say so; beside them the page of a PDF. */
export function SourcesView({ sources, jobId, input, view, onView }: Props) {
  const numbers = numbersOf(sources, input);
  const doubtful = new Set(sources.doubtfulPages);
  const pages = numbers.map((number) => ({ number, mark: doubtful.has(number) ? ('doubtful' as const) : null }));
  const current = indexNear(pages, view.page ?? sources.findings.find(({ place }) => place?.page)?.place?.page ?? 1);
  const page = pages[current];
  const choose = (index: number) => {
    const chosen = pages[index];
    if (chosen) onView({ page: chosen.number });
  };
  const pictured = useRef<HTMLDivElement>(null);
  const show = (number: number) => {
    onView({ page: number });
    pictured.current?.scrollIntoView({ block: 'nearest' }); // on a narrow window it stands far above
  };
  usePageKeys((step) => choose(current + step));
  const findings = <Findings findings={sources.findings} current={page?.number} onPage={page && show} />;
  return (
    <Stack gap="sm">
      <SourceNotes sources={sources} />
      {page ? (
        <Flex gap="md" align="flex-start">
          <PageRail pages={pages} current={current} onChoose={choose} />
          <Grid gap="lg" flex={1} miw={0}>
            <Grid.Col span={{ base: 12, md: 6 }}>
              <Stack
                gap="sm"
                component="section"
                ref={pictured}
                aria-label={`Page ${page.number}`}
                className="hr-beside"
              >
                <PageSteps pages={pages} current={current} onChoose={choose} />
                <PagePicture key={page.number} jobId={jobId} number={page.number} next={pages[current + 1]?.number} />
              </Stack>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 6 }}>{findings}</Grid.Col>
          </Grid>
        </Flex>
      ) : (
        findings
      )}
    </Stack>
  );
}

/** What was read, which pages are doubtful, and what else is to be known of it. */
function SourceNotes({ sources }: { sources: Sources }) {
  const [isWhole, setWhole] = useState(false);
  const { doubtfulPages: doubtful, notes } = sources;
  const what = describeSource(sources);
  const shown = isWhole ? notes : notes.slice(0, SHOWN_NOTES);
  return (
    <Stack gap={4}>
      {what && (
        <Text size="sm" c="dimmed">
          Read from {what}
        </Text>
      )}
      {doubtful.length > 0 && (
        <Group gap={6} wrap="nowrap" c="var(--mantine-color-orange-light-color)">
          <IconAlertTriangle size={15} aria-hidden style={{ flex: 'none' }} />
          <Text size="sm">
            May have been read wrongly: {doubtful.length === 1 ? 'page' : 'pages'}{' '}
            {doubtful.map(formatCount).join(', ')}
          </Text>
        </Group>
      )}
      {shown.map((note, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a note may stand there twice, and none ever moves
        <Text key={index} size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {note}
        </Text>
      ))}
      {notes.length > SHOWN_NOTES && (
        <Group>
          <Button variant="subtle" size="compact-sm" ml={-8} onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
            {isWhole ? 'Show fewer notes' : `Show all ${plural(notes.length, 'note')}`}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface FindingsProps {
  findings: readonly Finding[];
  current: number | undefined;
  onPage: ((page: number) => void) | undefined;
}

function Findings({ findings, current, onPage }: FindingsProps) {
  const [shown, setShown] = useState(SHOWN_FINDINGS);
  const left = findings.length - shown;
  if (findings.length === 0) return null;
  return (
    <Stack gap="xs">
      {findings.slice(0, shown).map((finding, index) => (
        <FindingCard
          // biome-ignore lint/suspicious/noArrayIndexKey: two may say the same, and none ever moves
          key={index}
          finding={finding}
          isHere={current !== undefined && finding.place?.page === current}
          onPage={onPage}
        />
      ))}
      {left > 0 && (
        <Group>
          <Button variant="default" size="compact-sm" onClick={() => setShown(shown + SHOWN_FINDINGS)}>
            {`${formatCount(left)} more`}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface CardProps {
  finding: Finding;
  isHere: boolean;
  onPage: ((page: number) => void) | undefined;
}

function FindingCard({ finding: { label, text, place, isDisputed }, isHere, onPage }: CardProps) {
  const page = place?.page;
  return (
    <Paper component="article" withBorder p="xs" className={isHere ? 'hr-here' : undefined}>
      <Stack gap={4}>
        <Group justify="space-between" align="flex-start" gap="xs" wrap="nowrap">
          <Box miw={0}>
            {label && (
              <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {label}
              </Text>
            )}
            <Text size="sm" fw={500} dir="auto" style={{ overflowWrap: 'anywhere' }}>
              {text}
            </Text>
          </Box>
          {typeof page === 'number' && onPage && (
            <Button
              variant={isHere ? 'light' : 'default'}
              size="compact-xs"
              flex="none"
              leftSection={<IconFileText size={13} aria-hidden />}
              onClick={() => onPage(page)}
            >
              Page {page}
            </Button>
          )}
        </Group>
        {isDisputed && (
          <Badge color="orange" variant="light" radius="sm" tt="none" fw={500}>
            Parts of the text say different things
          </Badge>
        )}
        {place ? (
          <Text component="blockquote" size="sm" c="dimmed" className="hr-quote" dir="auto">
            {place.quote}
          </Text>
        ) : (
          <Badge color="orange" variant="light" radius="sm" tt="none" fw={500}>
            Not found in the text
          </Badge>
        )}
        {place && !(typeof page === 'number' && onPage) && (
          <Text size="xs" c="dimmed" className="hr-nums">
            {typeof page === 'number' ? `Page ${formatCount(page)}, characters ` : 'Characters '}
            {formatCount(place.start)} to {formatCount(place.end)}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
