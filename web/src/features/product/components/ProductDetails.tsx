import { Link } from 'react-router-dom';
import { ProductPhoto } from '@/components/ProductPhoto';
import { Swatch } from '@/components/Swatch';
import { money } from '@/lib/money';
import type { Product } from '@/lib/types';

/** Those that the shop can be filtered by lead there. */
const ATTRIBUTES = [
  { key: 'article_type', label: 'Type', filters: true },
  { key: 'base_color', label: 'Color', filters: true },
  { key: 'gender', label: 'For', filters: true },
  { key: 'season', label: 'Season', filters: true },
  { key: 'usage', label: 'Usage', filters: true },
  { key: 'year', label: 'Year', filters: false },
] as const;

export function ProductDetails({ product }: { product: Product }) {
  return (
    <article className="grid gap-8 md:grid-cols-[1.1fr_1fr] md:gap-16">
      <ProductPhoto
        product={product}
        widths={[480, 960]}
        sizes="(min-width: 768px) 560px, 100vw"
        alt={product.product_display_name}
      />
      <div className="md:sticky md:top-28 md:self-start md:pt-6">
        <p className="text-[13px] text-soft">
          {[product.master_category, product.sub_category].filter(Boolean).join(' / ')}
        </p>
        <h1 className="mt-2 text-balance font-display text-[2rem] leading-[1.08] sm:text-[2.6rem]">
          {product.product_display_name}
        </h1>
        <p className="mt-5 text-xl font-medium tabular-nums">{money(product.price)}</p>
        {product.price_is_synthetic && (
          <p className="mt-1 text-[13px] text-soft">An example price: the catalog gives none.</p>
        )}
        <dl className="mt-9 divide-y divide-line border-y border-line text-sm">
          {ATTRIBUTES.map(({ key, label, filters }) => {
            const value = product[key];
            if (value === null) return null;
            return (
              <div key={key} className="flex justify-between gap-6 py-3">
                <dt className="text-soft">{label}</dt>
                <dd className="flex items-center gap-2">
                  {key === 'base_color' && <Swatch color={String(value)} className="h-3.5 w-3.5" />}
                  {filters ? (
                    <Link to={`/?${key}=${encodeURIComponent(value)}`} className="link">
                      {value}
                    </Link>
                  ) : (
                    value
                  )}
                </dd>
              </div>
            );
          })}
        </dl>
      </div>
    </article>
  );
}
