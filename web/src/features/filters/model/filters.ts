export const FACETS = ['gender', 'article_type', 'base_color', 'season', 'usage'] as const;
export type Facet = (typeof FACETS)[number];

export interface Filters {
  values: Record<Facet, string[]>;
  minPrice: number | null;
  maxPrice: number | null;
}

export const LABELS: Record<Facet, string> = {
  gender: 'Gender',
  article_type: 'Type',
  base_color: 'Color',
  season: 'Season',
  usage: 'Usage',
};

/** A price as typed or as in a URL; null when it is none. */
export function readPrice(text: string | null): number | null {
  if (text === null || text.trim() === '') return null;
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 ? number : null;
}

export function readFilters(params: URLSearchParams): Filters {
  const values = Object.fromEntries(FACETS.map((f) => [f, params.getAll(f)])) as Filters['values'];
  return {
    values,
    minPrice: readPrice(params.get('min_price')),
    maxPrice: readPrice(params.get('max_price')),
  };
}

/** The same filters as query parameters, for the page's URL and for GET /products. */
export function writeFilters(filters: Filters, params: URLSearchParams): void {
  for (const facet of FACETS) {
    params.delete(facet);
    for (const value of filters.values[facet]) params.append(facet, value);
  }
  params.delete('min_price');
  params.delete('max_price');
  if (filters.minPrice !== null) params.set('min_price', String(filters.minPrice));
  if (filters.maxPrice !== null) params.set('max_price', String(filters.maxPrice));
}

/** The filters in the search API's JSON form; undefined when nothing is filtered. */
export function toFilterJson(filters: Filters): Record<string, unknown> | undefined {
  const json: Record<string, unknown> = {};
  for (const facet of FACETS) {
    if (filters.values[facet].length > 0) json[facet] = filters.values[facet];
  }
  const range: Record<string, number> = {};
  if (filters.minPrice !== null) range.$gte = filters.minPrice;
  if (filters.maxPrice !== null) range.$lte = filters.maxPrice;
  if (Object.keys(range).length > 0) json.price = range;
  return Object.keys(json).length > 0 ? json : undefined;
}

export function toggle(filters: Filters, facet: Facet, value: string): Filters {
  const old = filters.values[facet];
  const next = old.includes(value) ? old.filter((v) => v !== value) : [...old, value];
  return { ...filters, values: { ...filters.values, [facet]: next } };
}

export function noFilters(): Filters {
  return readFilters(new URLSearchParams());
}

export function countFilters({ values, minPrice, maxPrice }: Filters): number {
  const chosen = FACETS.reduce((sum, facet) => sum + values[facet].length, 0);
  return chosen + (minPrice === null ? 0 : 1) + (maxPrice === null ? 0 : 1);
}
