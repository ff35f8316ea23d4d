import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from 'react-router-dom';
import { ErrorNote } from '@/components/ErrorNote';
import { ArrowLeftIcon } from '@/components/icons';
import { getProduct } from '../api/getProduct';
import { ProductDetails } from './ProductDetails';
import { SimilarItems } from './SimilarItems';

export function ProductPage() {
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const product = useQuery({ queryKey: ['product', id], queryFn: () => getProduct(id) });
  // The first entry of this tab's history has nothing of ours behind it.
  const back = () => (window.history.state?.idx > 0 ? navigate(-1) : navigate('/'));
  return (
    <main className="mx-auto max-w-[1200px] px-4 pb-24 pt-5 sm:px-8">
      <button
        type="button"
        onClick={back}
        className="mb-5 flex items-center gap-2 text-[13px] text-soft transition hover:text-ink"
      >
        <ArrowLeftIcon className="h-4 w-4" />
        Back
      </button>
      {product.error && <ErrorNote error={product.error} onRetry={() => void product.refetch()} />}
      {product.isPending && <DetailsSkeleton />}
      {product.data && (
        <>
          <ProductDetails key={id} product={product.data} />
          <SimilarItems id={id} />
        </>
      )}
    </main>
  );
}

function DetailsSkeleton() {
  return (
    <div className="grid animate-pulse gap-8 md:grid-cols-2 md:gap-16" aria-hidden="true">
      <div className="tile" />
      <div className="space-y-4 md:pt-10">
        <div className="h-9 w-4/5 rounded bg-sand" />
        <div className="h-5 w-1/4 rounded bg-sand" />
        <div className="h-56 rounded bg-sand" />
      </div>
    </div>
  );
}
