import { Link } from 'react-router-dom';
import { money } from '@/lib/money';
import type { Product } from '@/lib/types';
import { ProductPhoto } from './ProductPhoto';
import { Swatch } from './Swatch';
import { Why } from './Why';

const MOST = 4; // swatches of further colors

export function ProductCard({ product }: { product: Product }) {
  const { product_id: id, product_display_name: name, base_color: color, variants = [] } = product;
  return (
    <Link
      to={`/product/${encodeURIComponent(id)}`}
      data-testid="card"
      data-id={id}
      className="group block"
    >
      <ProductPhoto
        product={product}
        widths={[320, 640]}
        sizes="(min-width: 1280px) 22vw, (min-width: 640px) 30vw, 48vw"
        alt=""
        lazy
        className="transition duration-700 ease-out group-hover:scale-[1.04]"
      />
      <h3 className="mt-3.5 line-clamp-2 text-sm leading-snug decoration-1 underline-offset-4 group-hover:underline">
        {name}
      </h3>
      <div className="mt-1.5 flex flex-wrap items-center justify-between gap-x-3 text-[13px]">
        <span data-testid="price" className="font-medium tabular-nums">
          {money(product.price)}
        </span>
        {color && (
          <span className="flex items-center gap-1.5 text-soft">
            <Swatch color={color} />
            <span data-testid="color">{color}</span>
          </span>
        )}
      </div>
      {variants.length > 0 && (
        <div data-testid="variants" className="mt-1.5 flex items-center gap-1 text-xs text-soft">
          {variants.slice(0, MOST).map((v) => (
            <Swatch key={v.product_id} color={v.base_color ?? ''} />
          ))}
          <span className="ml-0.5">
            +{variants.length} {variants.length === 1 ? 'color' : 'colors'}
          </span>
        </div>
      )}
      <Why product={product} />
    </Link>
  );
}

export function SkeletonCards({ count }: { count: number }) {
  return (
    <div className="product-grid animate-pulse" aria-hidden="true" data-testid="skeleton">
      {Array.from({ length: count }, (_, i) => (
        <div key={i}>
          <div className="tile" />
          <div className="mt-4 h-3 w-4/5 rounded bg-sand" />
          <div className="mt-2.5 h-3 w-1/3 rounded bg-sand" />
        </div>
      ))}
    </div>
  );
}
