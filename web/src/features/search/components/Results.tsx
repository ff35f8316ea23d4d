import { useEffect, useRef } from 'react';
import { ErrorNote } from '@/components/ErrorNote';
import { GRID, ProductCard, SkeletonCards } from '@/components/ProductCard';
import { mergePages } from '../model/mergePages';
import type { useResults } from '../model/useResults';

export function Results({ results }: { results: ReturnType<typeof useResults> }) {
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetching, isError, fetchNextPage } = results;
  useEffect(() => {
    if (!end.current || !hasNextPage || isFetching || isError) return;
    const watch = new IntersectionObserver(
      ([entry]) => entry?.isIntersecting && void fetchNextPage(),
      { rootMargin: '600px' },
    );
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);

  if (results.isPending) return <SkeletonCards count={8} />;
  const products = mergePages(results.data?.pages ?? []);
  return (
    <div aria-busy={isFetching}>
      <div className={`${GRID} ${results.isPlaceholderData ? 'opacity-50' : ''}`}>
        {products.map((p) => (
          <ProductCard key={p.product_id} product={p} />
        ))}
      </div>
      {results.error && <ErrorNote error={results.error} onRetry={() => void results.refetch()} />}
      {products.length === 0 && !results.error && (
        <p className="py-24 text-center text-stone-600">
          Nothing matches. Try other words or fewer filters.
        </p>
      )}
      {results.isFetchingNextPage && <SkeletonCards count={4} />}
      <div ref={end} />
    </div>
  );
}
