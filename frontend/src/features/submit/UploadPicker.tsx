import { Button, Group, Input, Paper, Skeleton, Stack, Text, UnstyledButton } from '@mantine/core';
import { IconFile, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { isApiError } from '@/api/client';
import { recentUploadsQuery, uploadQuery } from '@/api/files';
import type { Upload } from '@/api/types';
import { formatBytes } from '@/lib/format';
import { RelativeTime } from '@/ui/RelativeTime';
import { DropZone } from '@/ui/upload/DropZone';
import { kindName } from '@/ui/upload/words';

interface Props {
  label: string;
  error: string | undefined;
  /** The id of the chosen file; empty: none. */
  value: string;
  onChange: (id: string | undefined) => void;
}

/** Uploads a file or takes one of the last uploads, and shows what is chosen. */
export function UploadPicker({ label, error, value, onChange }: Props) {
  const id = useId();
  return (
    <Input.Wrapper label={label} labelElement="div" labelProps={{ id }} error={error} role="group" aria-labelledby={id}>
      <Stack gap="xs" mt={4}>
        {value ? (
          <Chosen id={value} onClear={() => onChange(undefined)} />
        ) : (
          <>
            <DropZone onUploaded={(file) => onChange(file.id)} />
            <Recent onChoose={onChange} />
          </>
        )}
      </Stack>
    </Input.Wrapper>
  );
}

function Chosen({ id, onClear }: { id: string; onClear: () => void }) {
  const found = useQuery({ ...uploadQuery(id), staleTime: 60_000 });
  return (
    <Paper withBorder p="sm" role="status">
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <IconFile size={20} aria-hidden style={{ flex: 'none' }} />
          {found.data ? (
            <FileLine file={found.data} />
          ) : found.isError ? (
            <Text size="sm" c="var(--mantine-color-error)">
              {isApiError(found.error) && found.error.status === 404
                ? 'This file is no longer there.'
                : `What this file is could not be read: ${found.error.message}`}
            </Text>
          ) : (
            <Skeleton h={18} w={180} />
          )}
        </Group>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconX size={15} aria-hidden />}
          aria-label="Choose another file"
          onClick={onClear}
          flex="none"
        >
          Another
        </Button>
      </Group>
    </Paper>
  );
}

function FileLine({ file }: { file: Upload }) {
  return (
    <div>
      <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
        {file.name}
      </Text>
      <Text size="xs" c="dimmed" component="div" className="hr-nums">
        {kindName(file.media_type)} · {formatBytes(file.size_bytes)} · expires{' '}
        <RelativeTime at={file.expires_at} ahead />
      </Text>
    </div>
  );
}

/** The last few uploads. That they cannot be read is no reason to stop somebody who uploads a new one. */
function Recent({ onChoose }: { onChoose: (id: string) => void }) {
  const { data } = useQuery(recentUploadsQuery);
  if (!data || data.items.length === 0) return null;
  return (
    <div>
      <Text size="xs" c="dimmed" mb={2}>
        Recent uploads
      </Text>
      <Stack gap={2} component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {data.items.map((file) => (
          <li key={file.id}>
            <UnstyledButton className="hr-choice" onClick={() => onChoose(file.id)}>
              <Group justify="space-between" wrap="nowrap" gap="sm">
                <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                  {file.name}
                </Text>
                <Text size="xs" c="dimmed" className="hr-nums" style={{ whiteSpace: 'nowrap' }}>
                  {kindName(file.media_type)} · {formatBytes(file.size_bytes)}
                </Text>
              </Group>
            </UnstyledButton>
          </li>
        ))}
      </Stack>
    </div>
  );
}
