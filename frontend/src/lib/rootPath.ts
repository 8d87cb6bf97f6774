/** The path under which a proxy shows this page and the API, as the server wrote it into the page; '' at the root. */
export const ROOT_PATH = readRootPath(document);

export function readRootPath(page: Document): string {
  const content = page.querySelector<HTMLMetaElement>('meta[name="root-path"]')?.content ?? '/';
  return content.replace(/\/+$/, '');
}
