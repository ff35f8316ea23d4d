import { useState } from 'react';
import type { Product } from '@/lib/types';

interface Props {
  product: Product;
  /** Widths to offer, narrow to wide, and how wide the tile is drawn (as in <img sizes>). */
  widths: number[];
  sizes: string;
  alt: string;
  className?: string;
  lazy?: boolean;
}

/** A product's photo in a 3:4 tile; the tile says so when there is none or it cannot be loaded. */
export function ProductPhoto({ product, widths, sizes, alt, className = '', lazy }: Props) {
  const [failed, setFailed] = useState(false);
  const url = product.image_url;
  return (
    <div className="tile">
      {url && !failed ? (
        <img
          src={`${url}?w=${widths[0]}`}
          srcSet={widths.map((w) => `${url}?w=${w} ${w}w`).join(', ')}
          sizes={sizes}
          alt={alt}
          loading={lazy ? 'lazy' : undefined}
          onError={() => setFailed(true)}
          className={className}
        />
      ) : (
        <span className="absolute inset-0 grid place-items-center text-xs text-soft">No photo</span>
      )}
    </div>
  );
}
