import { writeFilters, type Filters } from '@/features/filters/model/filters';
import { request } from '@/lib/http';
import type { Product, ResultPage } from '@/lib/types';
import { PAGE } from './types';

interface ListAnswer {
  products: Product[];
  total: number;
  page: number;
  has_more: boolean;
}

/** The catalog with nothing searched; `sort` is "field:order" as in the URL. */
export async function browse(
  filters: Filters,
  sort: string,
  page: string | null,
  signal?: AbortSignal,
): Promise<ResultPage> {
  const params = new URLSearchParams({ page: page ?? '1', page_size: String(PAGE) });
  const [by, order] = sort.split(':');
  if (by && order) {
    params.set('sort_by', by);
    params.set('sort_order', order);
  }
  writeFilters(filters, params);
  const answer = await request<ListAnswer>(`/products?${params}`, { signal });
  const next = answer.has_more ? String(answer.page + 1) : null;
  return { products: answer.products, total: answer.total, next };
}
