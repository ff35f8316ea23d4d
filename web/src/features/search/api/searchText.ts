import { postJson } from '@/lib/http';
import type { ResultPage } from '@/lib/types';
import { ALWAYS, toPage, type SearchAnswer } from './types';

export interface TextSearch {
  query: string;
  filters?: Record<string, unknown>;
  index?: string;
  /** What may be understood of the words; absent: everything. */
  understand?: string[];
  explain?: boolean;
}

export async function searchText(
  search: TextSearch,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<ResultPage> {
  const body = { ...ALWAYS, ...search, cursor: cursor ?? undefined };
  return toPage(await postJson<SearchAnswer>('/search/text', body, signal));
}
