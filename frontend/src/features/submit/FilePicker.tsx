import { Anchor, Autocomplete, type AutocompleteProps, Group, Loader, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { folderQuery } from '@/api/queries';
import type { FileEntry } from '@/api/types';
import { formatBytes, formatCount } from '@/lib/format';
import { ErrorFace } from '@/ui/Faces';
import { RelativeTime } from '@/ui/RelativeTime';
import { matchFiles } from './files';

const SHOWN = 50;

interface Props extends Pick<AutocompleteProps, 'label' | 'description' | 'error' | 'withAsterisk' | 'placeholder'> {
  value: string;
  onChange: (path: string) => void;
}

/** Chooses from the server's files folder. A path that is not listed can be typed: the server has the last word. */
export function FilePicker({ value, onChange, label, ...input }: Props) {
  const files = useQuery(folderQuery);
  const items = files.data?.items ?? [];
  const known = new Map(items.map((file) => [file.path, file]));
  return (
    <Stack gap={6}>
      <Autocomplete
        {...input}
        label={label}
        value={value}
        onChange={onChange}
        data={[...known.keys()]}
        filter={({ search }) => matchFiles(items, search).map(({ path }) => ({ value: path, label: path }))}
        limit={SHOWN}
        renderOption={({ option }) => <FileOption path={option.value} file={known.get(option.value)} />}
        maxDropdownHeight={320}
        autoComplete="off"
        spellCheck={false}
        clearable
        clearButtonProps={{ 'aria-label': `Clear ${label}` }}
        rightSection={files.isPending ? <Loader size="xs" aria-hidden /> : undefined}
      />
      {files.isError ? (
        <ErrorFace
          error={files.error}
          what="the files; a path can be typed all the same"
          onRetry={() => void files.refetch()}
          isRetrying={files.isFetching}
        />
      ) : (
        <Group gap={6} role="status">
          <Text size="xs" c="dimmed">
            {noteOf(files.data, value)}
          </Text>
          {files.data && (
            <Anchor component="button" type="button" size="xs" onClick={() => void files.refetch()}>
              Look again
            </Anchor>
          )}
        </Group>
      )}
    </Stack>
  );
}

function noteOf(list: { items: FileEntry[]; truncated: boolean } | undefined, typed: string): string {
  if (!list) return 'Loading the files …';
  const { items, truncated } = list;
  if (items.length === 0) return 'No file in the files folder yet; put one there (DATA_DIR/files on the server).';
  if (typed && matchFiles(items, typed).length === 0) return 'No listed file is called so.';
  const count = formatCount(items.length);
  if (truncated) return `The newest ${count} files. Another one can be typed.`;
  return items.length === 1 ? 'One file in the files folder.' : `${count} files in the files folder.`;
}

function FileOption({ path, file }: { path: string; file: FileEntry | undefined }) {
  return (
    <Group justify="space-between" wrap="nowrap" gap="sm" w="100%">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {path}
      </Text>
      {file && (
        <Text size="xs" c="dimmed" component="div" className="hr-nums" style={{ whiteSpace: 'nowrap' }}>
          {formatBytes(file.size_bytes)} · <RelativeTime at={file.modified_at} />
        </Text>
      )}
    </Group>
  );
}
