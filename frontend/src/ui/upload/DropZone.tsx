import { Button, FileButton, Group, Paper, Progress, Stack, Text } from '@mantine/core';
import { IconUpload, IconX } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import type { Upload } from '@/api/types';
import { formatBytes } from '@/lib/format';
import { RefusedNote } from '@/ui/RefusedNote';
import { useUpload } from './useUpload';
import { ACCEPT, fileOf, refusalTitle, TAKEN } from './words';

interface Props {
  onUploaded: (upload: Upload) => void;
}

/** Takes a file that is dropped or chosen, and sends it: how far it is, a way to stop it, and why it was refused. */
export function DropZone({ onUploaded }: Props) {
  const upload = useUpload(onUploaded);
  const [isOver, setOver] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const take = (files: readonly File[]) => {
    const { file, fault: found = null } = fileOf(files);
    setFault(found);
    upload.forget();
    if (file) upload.start(file);
  };
  const onDrag = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type === 'dragover');
  };
  const onDrop = (event: DragEvent) => {
    onDrag(event);
    if (!upload.isRunning) take([...event.dataTransfer.files]);
  };
  if (upload.isRunning && upload.file)
    return <Sending file={upload.file} ratio={upload.ratio} onStop={upload.cancel} />;
  return (
    <Stack gap="xs">
      <Paper
        withBorder
        p="md"
        bg={isOver ? 'var(--mantine-color-indigo-light)' : undefined}
        style={{ borderStyle: 'dashed', borderColor: 'var(--hr-way)' }}
        onDragOver={onDrag}
        onDragLeave={onDrag}
        onDrop={onDrop}
        data-testid="drop-zone"
      >
        <Group justify="center" gap="sm">
          <FileButton onChange={(file) => file && take([file])} accept={ACCEPT}>
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconUpload size={16} aria-hidden />}>
                Choose a file
              </Button>
            )}
          </FileButton>
          <Text size="sm" ta="center" c={isOver ? 'var(--mantine-color-indigo-light-color)' : 'dimmed'}>
            or drop it here: {TAKEN}.
          </Text>
        </Group>
      </Paper>
      {fault && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {fault}
        </Text>
      )}
      {upload.error && (
        <RefusedNote title={`${refusalTitle(upload.error)}: ${upload.file?.name ?? ''}`} error={upload.error} />
      )}
    </Stack>
  );
}

function Sending({ file, ratio, onStop }: { file: File; ratio: number; onStop: () => void }) {
  const percent = Math.round(100 * ratio);
  return (
    <Paper withBorder p="md" role="status">
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {ratio < 1 ? 'Uploading' : 'Checking'} <b>{file.name}</b>, {formatBytes(file.size)}
        </Text>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconX size={15} aria-hidden />}
          onClick={onStop}
          flex="none"
        >
          Cancel
        </Button>
      </Group>
      <Progress value={percent} mt="xs" aria-label={`${percent} % of ${file.name} is sent`} />
    </Paper>
  );
}
