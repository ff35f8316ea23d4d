export interface Product {
  product_id: string;
  product_display_name: string;
  master_category: string | null;
  sub_category: string | null;
  article_type: string | null;
  base_color: string | null;
  gender: string | null;
  season: string | null;
  usage: string | null;
  year: number | null;
  price: number | null;
  price_is_synthetic?: boolean;
  image_url: string | null;
  similarity_score?: number | null;
  /** Of a search: the probability that it is what was asked for. */
  relevance?: number;
  /** Of a search: the same product in other colors, among what matches. */
  variants?: Variant[];
  explain?: Explanation;
}

export interface Variant {
  product_id: string;
  base_color: string | null;
  image_url: string | null;
}

/** The parts of a score, in log odds. */
export interface Explanation {
  score: number;
  base: number;
  visual: number;
  text: number;
  words: number;
  attribute: number;
  unwanted: number;
  rule: number;
}

export interface UnderstoodTerm {
  kind: 'value' | 'brand' | 'price' | 'size' | 'words';
  text: string;
  field?: string;
  values?: string[];
  min?: number | null;
  max?: number | null;
  negated: boolean;
  applied: 'filter' | 'preference' | 'relaxed' | 'unknown';
}

export interface Understood {
  text: string;
  corrected: { from: string; to: string }[];
  terms: UnderstoodTerm[];
}

export interface FacetOption {
  value: string;
  count: number;
}
export interface Facets {
  values: Partial<Record<string, FacetOption[]>>;
  price: { min: number; max: number };
}

/** One page of results, whichever request it came from; `next` is null on the last page. */
export interface ResultPage {
  products: Product[];
  total: number;
  next: string | null;
  understood?: Understood;
  facets?: Facets;
}
