/** What somebody typed into the search field: `type:echo status:failed 019a`. */
export interface SearchText {
  /** The first characters of an id. */
  prefix: string;
  qualifiers: { type?: string; status?: string; queue?: string };
  /** Words that mean nothing here. */
  unknown: string[];
}

const QUALIFIER = /^(type|status|queue):([\w.-]+)$/i;
const HEX = /^[0-9a-f-]{1,36}$/i;

export function parseSearchText(text: string): SearchText {
  const found: SearchText = { prefix: '', qualifiers: {}, unknown: [] };
  for (const word of text.trim().split(/\s+/).filter(Boolean)) {
    const qualifier = QUALIFIER.exec(word);
    if (qualifier?.[1] && qualifier[2]) {
      const name = qualifier[1].toLowerCase() as keyof SearchText['qualifiers'];
      found.qualifiers[name] = qualifier[2];
    } else if (HEX.test(word) && !found.prefix) {
      found.prefix = word.toLowerCase();
    } else {
      found.unknown.push(word);
    }
  }
  return found;
}

export function isWholeId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** An ISO time as the value of `<input type="datetime-local">`, in local time. */
export function toLocalInput(iso: string | undefined): string {
  if (!iso) return '';
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '';
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export function fromLocalInput(text: string): string | undefined {
  const date = new Date(text);
  return text && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}
