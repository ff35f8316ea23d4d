import { request } from '@/lib/http';
import type { ResultPage } from '@/lib/types';
import { ALWAYS, toPage, type SearchAnswer } from './types';

export interface PhotoSearch {
  image: File;
  /** Words beside the photo; empty for the photo alone. */
  query: string;
  /** 0 = only the words, 1 = only the photo. */
  weight: number;
  filters?: Record<string, unknown>;
  understand?: string[];
  explain?: boolean;
}

/** A photo goes to /search/image; with words beside it to /search/hybrid. */
export async function searchPhoto(
  search: PhotoSearch,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<ResultPage> {
  const form = new FormData();
  form.set('image', search.image);
  for (const [name, value] of Object.entries(ALWAYS)) form.set(name, String(value));
  if (search.explain) form.set('explain', 'true');
  if (search.query) {
    form.set('query', search.query);
    form.set('weight', String(search.weight));
    if (search.understand) form.set('understand', JSON.stringify(search.understand));
  }
  if (cursor) form.set('cursor', cursor);
  if (search.filters) form.set('filters', JSON.stringify(search.filters));
  const path = search.query ? '/search/hybrid' : '/search/image';
  return toPage(await request<SearchAnswer>(path, { method: 'POST', body: form, signal }));
}
