import { Button, Group, Paper, Stack, Table, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { contentPath } from '@/api/files';
import { isBlind, meQuery } from '@/api/rights';
import type { Upload } from '@/api/types';
import { formatBytes } from '@/lib/format';
import { Allowed } from '@/ui/Allowed';
import { RelativeTime } from '@/ui/RelativeTime';
import { kindName } from '@/ui/upload/words';
import { DeleteFile } from './DeleteFile';

/** Uploaded files: a table where there is room for it, else a card for each. */
export function FileTable({ files }: { files: readonly Upload[] }) {
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  if (isNarrow) {
    return (
      <Stack gap="xs" component="ul" p={0} m={0} style={{ listStyle: 'none' }} aria-label="Files">
        {files.map((file) => (
          <Paper key={file.id} withBorder p="sm" component="li">
            <Name file={file} />
            <Text size="sm" c="dimmed" component="div" mt={4} mb="xs" className="hr-nums">
              {kindName(file.media_type)} · {formatBytes(file.size_bytes)} · expires{' '}
              <RelativeTime at={file.expires_at} ahead />
            </Text>
            <Actions file={file} />
          </Paper>
        ))}
      </Stack>
    );
  }
  return (
    <Paper withBorder style={{ overflow: 'hidden' }}>
      <Table verticalSpacing={6} fz="sm" className="hr-nums" highlightOnHover aria-label="Files">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th ta="right">Size</Table.Th>
            <Table.Th>Uploaded</Table.Th>
            <Table.Th>Expires</Table.Th>
            <Table.Th ta="right">Action</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {files.map((file) => (
            <Table.Tr key={file.id}>
              <Table.Th scope="row" fw={400} w="36%">
                <Name file={file} />
              </Table.Th>
              <Table.Td>{kindName(file.media_type)}</Table.Td>
              <Table.Td ta="right">{formatBytes(file.size_bytes)}</Table.Td>
              <Table.Td>
                <RelativeTime at={file.created_at} />
              </Table.Td>
              <Table.Td>
                <RelativeTime at={file.expires_at} ahead />
              </Table.Td>
              <Table.Td>
                <Actions file={file} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

function Name({ file }: { file: Upload }) {
  return (
    <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
      {file.name}
    </Text>
  );
}

function Actions({ file }: { file: Upload }) {
  const { data: me } = useQuery(meQuery);
  if (!me) return null;
  if (isBlind(me))
    return (
      <Text size="sm" c="dimmed" ta="right">
        Hidden by the team
      </Text>
    );
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <Button
        component="a"
        href={contentPath(file.id)}
        download={file.name}
        size="compact-sm"
        variant="default"
        leftSection={<IconDownload size={15} aria-hidden />}
        aria-label={`Download ${file.name}`}
      >
        Download
      </Button>
      <Allowed right="files">
        <DeleteFile file={file} />
      </Allowed>
    </Group>
  );
}
