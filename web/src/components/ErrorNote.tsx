import { ApiError } from '@/lib/http';

export function ErrorNote({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <div role="alert" className="mx-auto max-w-md py-24 text-center">
      <h2 className="text-xl font-medium">
        {error instanceof ApiError ? error.title : 'Something went wrong'}
      </h2>
      <p className="mt-2 text-stone-600">{error.message}</p>
      <button onClick={onRetry} className="mt-6 rounded-full bg-ink px-6 py-2.5 text-sm text-white">
        Try again
      </button>
    </div>
  );
}
