import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router-dom';
import { ErrorNote } from '@/components/ErrorNote';
import { GRID, ProductCard, SkeletonCards } from '@/components/ProductCard';
import { money } from '@/lib/money';
import { getProduct } from '../api/getProduct';
import { getSimilar } from '../api/getSimilar';

const ATTRIBUTES = [
  ['article_type', 'Type'],
  ['base_color', 'Color'],
  ['gender', 'Gender'],
  ['season', 'Season'],
  ['usage', 'Usage'],
  ['year', 'Year'],
] as const;

export function ProductPage() {
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const product = useQuery({ queryKey: ['product', id], queryFn: () => getProduct(id) });
  const similar = useQuery({ queryKey: ['similar', id], queryFn: () => getSimilar(id, 8) });
  // The first entry of this tab's history has nothing of ours behind it.
  const back = () => (window.history.state?.idx > 0 ? navigate(-1) : navigate('/'));
  const item = product.data;
  return (
    <main className="mx-auto max-w-6xl px-4 py-6">
      <button onClick={back} className="mb-6 text-sm underline-offset-4 hover:underline">
        ← Back
      </button>
      {product.error && <ErrorNote error={product.error} onRetry={() => product.refetch()} />}
      {product.isPending && <SkeletonCards count={2} />}
      {item && (
        <article className="grid gap-8 md:grid-cols-2 md:gap-14">
          <div className="aspect-[3/4] overflow-hidden rounded-xl bg-sand">
            {item.image_url && (
              <img
                src={item.image_url}
                alt={item.product_display_name}
                className="h-full w-full object-cover"
              />
            )}
          </div>
          <div className="md:pt-10">
            <p className="text-sm text-stone-500">{item.sub_category}</p>
            <h1 className="mt-1 text-3xl font-medium tracking-tight">
              {item.product_display_name}
            </h1>
            <p className="mt-4 text-2xl">{money(item.price)}</p>
            {item.price_is_synthetic && <p className="text-xs text-stone-500">Example price</p>}
            <dl className="mt-8 divide-y divide-line border-y border-line text-sm">
              {ATTRIBUTES.filter(([key]) => item[key] !== null).map(([key, label]) => (
                <div key={key} className="flex justify-between py-3">
                  <dt className="text-stone-500">{label}</dt>
                  <dd>{item[key]}</dd>
                </div>
              ))}
            </dl>
          </div>
        </article>
      )}
      {item && (
        <section aria-labelledby="similar" className="mt-16">
          <h2 id="similar" className="mb-6 text-xl font-medium">
            Similar items
          </h2>
          {similar.isPending && <SkeletonCards count={4} />}
          {similar.error && <ErrorNote error={similar.error} onRetry={() => similar.refetch()} />}
          <div className={GRID}>
            {similar.data?.products.map((p) => (
              <ProductCard key={p.product_id} product={p} />
            ))}
          </div>
        </section>
      )}
    </main>
  );
}
