export const SEARCH_ID = 'job-search';
const TRIES = 60;

/** Put the focus into the search field of the jobs page, now or as soon as it is there; whether it was there. */
export function focusSearch(tries = TRIES): boolean {
  const field = document.getElementById(SEARCH_ID);
  if (field instanceof HTMLInputElement) {
    field.focus();
    field.select();
    return true;
  }
  if (tries > 0) window.requestAnimationFrame(() => focusSearch(tries - 1));
  return false;
}
