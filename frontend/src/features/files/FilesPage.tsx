import { Button, Center, Stack, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconFiles } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { uploadsQuery } from '@/api/files';
import { itemsOf } from '@/lib/items';
import { Allowed } from '@/ui/Allowed';
import { EmptyFace, ErrorFace, LoadingFace } from '@/ui/Faces';
import { DropZone } from '@/ui/upload/DropZone';
import { usePageTitle } from '@/ui/usePageTitle';
import { FileTable } from './FileTable';

/** The uploaded files, newest first, and a place to upload more. */
export function FilesPage() {
  usePageTitle('Files');
  const found = useInfiniteQuery(uploadsQuery);
  const files = itemsOf(found.data);
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Files
      </Title>
      <Allowed right="files">
        <DropZone onUploaded={({ name }) => notifications.show({ color: 'teal', title: 'Uploaded', message: name })} />
      </Allowed>
      {found.isError && (
        <ErrorFace
          error={found.error}
          what="the files"
          onRetry={() => void found.refetch()}
          isRetrying={found.isFetching}
        />
      )}
      {found.isPending && <LoadingFace what="the files" />}
      {found.data && files.length === 0 && (
        <EmptyFace icon={IconFiles} title="No file yet">
          What you upload lands here until it expires. A new job of a type that reads files takes one of them.
        </EmptyFace>
      )}
      {files.length > 0 && <FileTable files={files} />}
      {found.hasNextPage && (
        <Center>
          <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            More files
          </Button>
        </Center>
      )}
    </Stack>
  );
}
