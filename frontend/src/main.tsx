import '@mantine/core/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@/ui/base.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { makeQueryClient } from '@/api/queryClient';
import { makeRouter } from '@/routes/router';
import { cssVariables, theme } from '@/ui/theme';

const queryClient = makeQueryClient(() => void router.invalidate());
const router = makeRouter(queryClient);
const colorScheme = localStorageColorSchemeManager();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        colorSchemeManager={colorScheme}
        defaultColorScheme="auto"
      >
        <QueryClientProvider client={queryClient}>
          <Notifications position="bottom-right" />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
