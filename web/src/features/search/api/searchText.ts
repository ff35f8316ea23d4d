import { postJson } from '@/lib/http';
import type { ResultPage } from '@/lib/types';
import { PAGE, toPage, type SearchAnswer } from './types';

export interface TextSearch {
  query: string;
  filters?: Record<string, unknown>;
  index?: string;
}

export async function searchText(
  search: TextSearch,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<ResultPage> {
  const body = { ...search, limit: PAGE, cursor: cursor ?? undefined };
  return toPage(await postJson<SearchAnswer>('/search/text', body, signal));
}
