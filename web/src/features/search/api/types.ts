import type { FacetOption, Product, ResultPage, Understood } from '@/lib/types';

export interface SearchAnswer {
  products: Product[];
  total: number;
  next_cursor: string | null;
  understood?: Understood;
  facets?: Record<string, FacetOption[] | { min: number; max: number }>;
}

export const PAGE = 24;

/** What every search of the shop asks for. Below the cut-off "nothing matches" is the answer. */
export const ALWAYS = { limit: PAGE, facets: true, collapse: true, min_relevance: 0.3 } as const;

export function toPage(answer: SearchAnswer): ResultPage {
  return {
    products: answer.products,
    total: answer.total,
    next: answer.next_cursor,
    understood: answer.understood,
    facets: answer.facets && readFacets(answer.facets),
  };
}

function readFacets(facets: NonNullable<SearchAnswer['facets']>): ResultPage['facets'] {
  const values: Record<string, FacetOption[]> = {};
  let price = { min: 0, max: 0 };
  for (const [name, facet] of Object.entries(facets)) {
    if (Array.isArray(facet)) values[name] = facet;
    else price = facet;
  }
  return { values, price };
}
