import { ApiError } from '@/lib/http';

export function ErrorNote({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div role="alert" className="mx-auto max-w-md py-20 text-center">
      <h2 className="font-display text-3xl">
        {error instanceof ApiError ? error.title : 'Something went wrong'}
      </h2>
      <p className="mt-3 text-soft">{error.message}</p>
      <button type="button" onClick={onRetry} className="button mt-7">
        Try again
      </button>
    </div>
  );
}
