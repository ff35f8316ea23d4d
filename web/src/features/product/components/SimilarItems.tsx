import { useQuery } from '@tanstack/react-query';
import { ErrorNote } from '@/components/ErrorNote';
import { ProductCard, SkeletonCards } from '@/components/ProductCard';
import { getSimilar } from '../api/getSimilar';

const COUNT = 8;

export function SimilarItems({ id }: { id: string }) {
  const similar = useQuery({ queryKey: ['similar', id], queryFn: () => getSimilar(id, COUNT) });
  if (similar.data?.products.length === 0) return null;
  return (
    <section aria-labelledby="similar" className="mt-20 border-t border-line pt-10">
      <h2 id="similar" className="mb-7 font-display text-4xl leading-none">
        Similar items
      </h2>
      {similar.isPending && <SkeletonCards count={4} />}
      {similar.error && <ErrorNote error={similar.error} onRetry={() => void similar.refetch()} />}
      <div className="product-grid">
        {similar.data?.products.map((p) => (
          <ProductCard key={p.product_id} product={p} />
        ))}
      </div>
    </section>
  );
}
