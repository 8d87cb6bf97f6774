import { ActionIcon, Box, Button, Divider, Group, ScrollArea, SegmentedControl, Text, Tooltip } from '@mantine/core';
import { IconDownload, IconScissors } from '@tabler/icons-react';
import { type ReactNode, useMemo, useState } from 'react';
import { downloadText } from '@/lib/clipboard';
import { formatCount } from '@/lib/format';
import { stringifyJson } from '@/lib/json';
import { CopyButton } from '@/ui/CopyButton';
import { JsonView } from '@/ui/JsonView';
import { Panel } from '@/ui/Panel';
import { splitPayload } from './payload';

const PREVIEW_CHARS = 1500;

interface Props {
  title: string;
  hint?: ReactNode;
  value: unknown;
  fileName: string;
  /** Said behind the text, when it is not whole. */
  end?: string | undefined;
  own?: OwnFace | null | undefined;
  /** Said when there is nothing. */
  empty: ReactNode;
}

/** A way to show a value that is more than its text or its JSON. */
export interface OwnFace {
  /** Stands before the text. */
  isFirst: boolean;
  label: string;
  show: () => ReactNode;
  /** What of the fields beside the text is to be shown there. */
  restOf: (rest: Record<string, unknown> | null) => Record<string, unknown> | null;
}

type Face = 'own' | 'text' | 'json';

/** An input or a result: text as text, everything else as JSON that folds, and as it is best shown if that is known. */
export function PayloadPanel({ title, hint, value, fileName, end, own, empty }: Props) {
  const split = useMemo(() => splitPayload(value), [value]);
  const [chosen, setFace] = useState<Face | null>(null);
  if (value === null || value === undefined) {
    return (
      <Panel title={title}>
        <Text c="dimmed" size="sm" component="div">
          {empty}
        </Text>
      </Panel>
    );
  }
  const text = own?.isFirst ? null : split.text;
  const rest = own ? own.restOf(split.rest) : split.rest;
  const faces: { value: Face; label: string }[] = [{ value: 'json', label: 'JSON' }];
  if (own) faces.unshift({ value: 'own', label: own.label });
  if (text !== null) faces.unshift({ value: 'text', label: 'Text' });
  const face = faces.find((one) => one.value === chosen)?.value ?? faces[0]?.value;
  const isText = text !== null && face === 'text';
  const all = () => (isText ? text : stringifyJson(value, 2));
  return (
    <Panel
      title={title}
      hint={hint}
      aside={
        <Group gap={6}>
          {faces.length > 1 && (
            <SegmentedControl
              size="xs"
              aria-label={`${title} as`}
              value={face}
              onChange={(next) => setFace(next as Face)}
              data={faces}
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
      {own && face === 'own' ? (
        own.show()
      ) : isText ? (
        <>
          <LongText text={text} label={split.textField ?? title} end={end} />
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
