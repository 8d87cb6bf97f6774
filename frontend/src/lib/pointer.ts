/** JSON pointers (RFC 6901) as the API writes them: `#/input/text`. */

export function pointerParts(pointer: string): string[] {
  const path = pointer.replace(/^#/, '').replace(/^\//, '');
  if (path === '') return [];
  return path.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
