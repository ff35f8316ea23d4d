import { Link } from 'react-router-dom';
import { money } from '@/lib/money';
import type { Product } from '@/lib/types';

export function ProductCard({ product }: { product: Product }) {
  const { product_id: id, product_display_name: name, base_color: color } = product;
  return (
    <Link
      to={`/product/${encodeURIComponent(id)}`}
      data-testid="card"
      data-color={color ?? ''}
      className="group block rounded-lg"
    >
      <div className="aspect-[3/4] overflow-hidden rounded-lg bg-sand">
        {product.image_url && (
          <img
            src={`${product.image_url}?w=320`}
            alt=""
            loading="lazy"
            className="h-full w-full object-cover transition duration-500 group-hover:scale-[1.03]"
          />
        )}
      </div>
      <h3 className="mt-3 line-clamp-2 text-sm leading-snug group-hover:underline">{name}</h3>
      <p className="mt-1 flex justify-between text-sm text-stone-500">
        <span>{color}</span>
        <span className="font-medium text-ink">{money(product.price)}</span>
      </p>
    </Link>
  );
}

export const GRID = 'grid grid-cols-2 gap-x-4 gap-y-8 sm:grid-cols-3 xl:grid-cols-4';

export function SkeletonCards({ count }: { count: number }) {
  return (
    <div className={GRID} aria-hidden="true">
      {Array.from({ length: count }, (_, i) => (
        <div key={i} className="aspect-[3/4] animate-pulse rounded-lg bg-sand" />
      ))}
    </div>
  );
}
