import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const api = `http://127.0.0.1:${process.env.API_PORT ?? '8000'}`;
const token = process.env.HEADRACE_TOKEN;
const toApi = {
  target: api,
  // Development only: with HEADRACE_TOKEN set, the proxy signs every request, so no sign-in is needed.
  ...(token ? { headers: { 'X-Service-Token': token } } : {}),
};
const proxied = ['/api', '/live', '/ready', '/health', '/openapi.json', '/docs'];

const PACKED = /\.(?:js|css|html|svg)$/;
const LEAST_BYTES = 1024;
const BROTLI_QUALITY = 9;

/** Leave a `.br` and a `.gz` beside each text file of the build, for a server that sends them as they are. */
function packAssets(): Plugin {
  let folder = '';
  return {
    name: 'pack-assets',
    apply: 'build',
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: () => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name);
        if (!entry.isFile() || !PACKED.test(file)) continue;
        const content = readFileSync(file);
        if (content.length < LEAST_BYTES) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
        writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  plugins: [react(), packAssets()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    proxy: Object.fromEntries(proxied.map((path) => [path, toApi])),
  },
  experimental: {
    // Scripts find each other from where they are, so that a proxy may show all this under any path; the page's own addresses
    // begin with a slash, before which the server writes that path (app/web.py).
    renderBuiltUrl: (filename, { hostType }) => (hostType === 'html' ? `/${filename}` : { relative: true }),
  },
  build: {
    // The CSP has no data: sources.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
  },
});
