import { useRef } from 'react';
import { ErrorNote } from '@/components/ErrorNote';
import { ProductCard, SkeletonCards } from '@/components/ProductCard';
import { useOnVisible } from '@/lib/useOnVisible';
import { mergePages } from '../model/mergePages';
import type { useResults } from '../model/useResults';

interface Props {
  results: ReturnType<typeof useResults>;
  /** Drops words, photo and filters; absent when there are none. */
  onClear?: () => void;
}

export function Results({ results, onClear }: Props) {
  const end = useRef<HTMLDivElement>(null);
  const { hasNextPage, isFetching, isError, fetchNextPage } = results;
  useOnVisible(end, hasNextPage && !isFetching && !isError, () => void fetchNextPage());

  if (results.isPending) return <SkeletonCards count={8} />;
  const products = mergePages(results.data?.pages ?? []);
  const retry = () => void (results.isFetchNextPageError ? fetchNextPage() : results.refetch());
  return (
    <div aria-busy={isFetching} data-testid="results">
      <div
        className={`product-grid transition-opacity ${results.isPlaceholderData ? 'opacity-40' : ''}`}
      >
        {products.map((p) => (
          <ProductCard key={p.product_id} product={p} />
        ))}
      </div>
      {results.error && <ErrorNote error={results.error} onRetry={retry} />}
      {products.length === 0 && !results.error && <Nothing onClear={onClear} />}
      {results.isFetchingNextPage && (
        <div className="mt-12">
          <SkeletonCards count={4} />
        </div>
      )}
      <div ref={end} />
    </div>
  );
}

function Nothing({ onClear }: { onClear?: () => void }) {
  return (
    <div className="py-20 text-center">
      <h2 className="font-display text-3xl">{onClear ? 'Nothing matches' : 'Nothing here yet'}</h2>
      <p className="mt-3 text-soft">
        {onClear
          ? 'Try other words or fewer filters.'
          : 'The catalog is empty: weft import fills it.'}
      </p>
      {onClear && (
        <button type="button" onClick={onClear} className="button mt-7">
          Start over
        </button>
      )}
    </div>
  );
}
