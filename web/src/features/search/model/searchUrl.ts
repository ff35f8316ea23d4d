import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';
import { readFilters, writeFilters, type Filters } from '@/features/filters/model/filters';
import { KINDS, type Kind } from './understanding';

/** What the page's URL says is wanted; the photo is not in it, being too big for one. */
export interface Search {
  query: string;
  /** 0 = only the words, 1 = only the photo. */
  weight: number;
  sort: Sort;
  /** What words are compared with; a photo is compared as the server sees fit. */
  index: Index;
  /** What the server is not to understand of the words. */
  ignored: Kind[];
  /** Does each result say why it is there? */
  explain: boolean;
  filters: Filters;
}

/** Key: sort_by and sort_order as GET /products takes them. */
export const SORTS = {
  'product_id:asc': 'Featured',
  'year:desc': 'Newest',
  'price:asc': 'Price, low to high',
  'price:desc': 'Price, high to low',
  'product_display_name:asc': 'Name',
} as const;
export type Sort = keyof typeof SORTS;

export const INDEXES = { hybrid: 'Best of both', image: 'Looks', text: 'Descriptions' } as const;
export type Index = keyof typeof INDEXES;

const EVEN = 0.5;

function oneOf<T extends string>(known: Record<T, string>, text: string | null): T {
  const keys = Object.keys(known) as [T, ...T[]];
  return keys.find((key) => key === text) ?? keys[0];
}

function readWeight(text: string | null): number {
  const weight = text === null || text.trim() === '' ? NaN : Number(text);
  return weight >= 0 && weight <= 1 ? weight : EVEN;
}

export function readSearch(params: URLSearchParams): Search {
  return {
    query: params.get('q') ?? '',
    weight: readWeight(params.get('weight')),
    sort: oneOf(SORTS, params.get('sort')),
    index: oneOf(INDEXES, params.get('index')),
    ignored: KINDS.filter((kind) => params.getAll('ignore').includes(kind)),
    explain: params.get('explain') === '1',
    filters: readFilters(params),
  };
}

/** The shortest URL that says the same: defaults are left out. */
export function writeSearch(search: Search): URLSearchParams {
  const params = new URLSearchParams();
  if (search.query.trim()) params.set('q', search.query);
  if (search.weight !== EVEN) params.set('weight', String(search.weight));
  if (search.sort !== oneOf(SORTS, null)) params.set('sort', search.sort);
  if (search.index !== oneOf(INDEXES, null)) params.set('index', search.index);
  for (const kind of search.ignored) params.append('ignore', kind);
  if (search.explain) params.set('explain', '1');
  writeFilters(search.filters, params);
  return params;
}

/** The search in the URL, and a way to change a part of it in place. */
export function useSearchUrl(): [Search, (change: Partial<Search>) => void] {
  const [params, setParams] = useSearchParams();
  const patch = useCallback(
    (change: Partial<Search>) =>
      setParams((old) => writeSearch({ ...readSearch(old), ...change }), { replace: true }),
    [setParams],
  );
  return [readSearch(params), patch];
}
