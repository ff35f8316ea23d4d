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
  similarity_score?: number;
}

/** One page of results, whichever request it came from; `next` is null on the last page. */
export interface ResultPage {
  products: Product[];
  total: number;
  next: string | null;
}
