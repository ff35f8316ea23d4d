import type { Product } from '@/lib/types';

const PARTS = [
  ['visual', 'Looks'],
  ['text', 'Description'],
  ['words', 'Words'],
  ['attribute', 'Attributes'],
  ['unwanted', 'Not wanted'],
  ['rule', 'Shop'],
] as const;

const FULL = 6; // log odds that fill a bar

/** Why a product stands where it does: its relevance and what each part adds or takes. */
export function Why({ product }: { product: Product }) {
  const { explain, relevance } = product;
  if (!explain || relevance === undefined) return null;
  const parts = PARTS.filter(([part]) => Math.abs(explain[part]) >= 0.05);
  return (
    <dl data-testid="why" className="mt-2 text-[11px] leading-5 text-soft">
      <div className="flex justify-between font-medium text-ink">
        <dt>Relevance</dt>
        <dd className="tabular-nums">{Math.round(relevance * 100)} %</dd>
      </div>
      {parts.map(([part, label]) => (
        <div key={part} className="flex items-center gap-2">
          <dt className="w-20 shrink-0">{label}</dt>
          <dd className="flex flex-1 items-center gap-1.5">
            <span
              aria-hidden="true"
              className={`h-1.5 rounded-full ${explain[part] > 0 ? 'bg-ink' : 'bg-stone-400'}`}
              style={{ width: `${Math.min(Math.abs(explain[part]) / FULL, 1) * 60}%` }}
            />
            <span className="tabular-nums">
              {explain[part] > 0 ? '+' : '−'}
              {Math.abs(explain[part]).toFixed(1)}
            </span>
          </dd>
        </div>
      ))}
    </dl>
  );
}
