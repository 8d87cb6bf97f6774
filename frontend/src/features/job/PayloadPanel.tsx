import { ActionIcon, Box, Button, Divider, Group, ScrollArea, SegmentedControl, Text, Tooltip } from '@mantine/core';
import { IconDownload, IconScissors } from '@tabler/icons-react';
import { type ReactNode, useMemo, useState } from 'react';
import { downloadText } from '@/lib/clipboard';
import { formatCount } from '@/lib/format';
import { stringifyJson } from '@/lib/json';
import { CopyButton } from '@/ui/CopyButton';
import { JsonView } from '@/ui/JsonView';
import { Panel } from '@/ui/Panel';
import { NewspaperView } from './NewspaperView';
import { readNewspaper } from './newspaper';
import { splitPayload } from './payload';

const PREVIEW_CHARS = 1500;
const NO_TEXT = { text: null, textField: null, rest: null };

interface Props {
  title: string;
  hint?: ReactNode;
  value: unknown;
  fileName: string;
  /** Said behind the text, when it is not whole. */
  end?: string | undefined;
  /** Said when there is nothing. */
  empty: ReactNode;
}

/** An input or a result: text as text, a PDF's pages as pages, everything else as JSON that folds. */
export function PayloadPanel({ title, hint, value, fileName, end, empty }: Props) {
  const newspaper = useMemo(() => readNewspaper(value), [value]);
  const { text, textField, rest } = newspaper ? NO_TEXT : splitPayload(value);
  const [face, setFace] = useState<'text' | 'json'>('text');
  if (value === null || value === undefined) {
    return (
      <Panel title={title}>
        <Text c="dimmed" size="sm" component="div">
          {empty}
        </Text>
      </Panel>
    );
  }
  const isText = text !== null && face === 'text';
  const all = () => (isText && text !== null ? text : stringifyJson(value, 2));
  return (
    <Panel
      title={title}
      hint={hint}
      aside={
        <Group gap={6}>
          {(text !== null || newspaper) && (
            <SegmentedControl
              size="xs"
              aria-label={`${title} as`}
              value={face}
              onChange={(chosen) => setFace(chosen === 'json' ? 'json' : 'text')}
              data={[
                { value: 'text', label: newspaper ? 'Pages' : 'Text' },
                { value: 'json', label: 'JSON' },
              ]}
            />
          )}
          <CopyButton text={all} label={`Copy ${title.toLowerCase()}`} />
          <Tooltip label={`Download ${title.toLowerCase()}`} openDelay={200}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Download ${title.toLowerCase()}`}
              onClick={() =>
                downloadText(
                  `${fileName}.${isText ? 'txt' : 'json'}`,
                  all(),
                  isText ? 'text/plain' : 'application/json',
                )
              }
            >
              <IconDownload size={15} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      }
    >
      {newspaper && face === 'text' ? (
        <NewspaperView newspaper={newspaper} />
      ) : isText && text !== null ? (
        <>
          <LongText text={text} label={textField ?? title} end={end} />
          {rest && (
            <>
              <Divider />
              <JsonView value={rest} />
            </>
          )}
        </>
      ) : (
        <ScrollArea.Autosize mah={480} viewportProps={{ tabIndex: 0, 'aria-label': title, role: 'group' }}>
          <JsonView value={value} />
        </ScrollArea.Autosize>
      )}
    </Panel>
  );
}

function LongText({ text, label, end }: { text: string; label: string; end: string | undefined }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > PREVIEW_CHARS;
  return (
    <Box>
      <p className="hr-prose">{isLong && !isWhole ? `${text.slice(0, PREVIEW_CHARS)}…` : text}</p>
      {end && (!isLong || isWhole) && (
        <Text size="sm" c="dimmed" mt={4}>
          <IconScissors size={14} aria-hidden style={{ verticalAlign: '-2px' }} /> {end}
        </Text>
      )}
      {isLong && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setWhole(!isWhole)} aria-expanded={isWhole}>
          {isWhole ? 'Show less' : `Show all ${formatCount(text.length)} characters of ${label}`}
        </Button>
      )}
    </Box>
  );
}
