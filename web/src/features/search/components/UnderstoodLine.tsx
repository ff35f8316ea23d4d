import { CloseIcon } from '@/components/icons';
import type { Understood } from '@/lib/types';
import { describe, kindOf, type Kind } from '../model/understanding';

interface Props {
  understood: Understood;
  /** What is ignored already. */
  ignored: Kind[];
  onIgnore: (kinds: Kind[]) => void;
}

/** What was made of the words: each part can be switched off, and all of it on again. */
export function UnderstoodLine({ understood, ignored, onIgnore }: Props) {
  const terms = understood.terms.filter((t) => t.applied !== 'unknown' && (t.text || t.values));
  const relaxed = terms.filter((t) => t.applied === 'relaxed');
  const held = terms.filter((t) => t.applied !== 'relaxed');
  const { corrected } = understood;
  if (terms.length === 0 && corrected.length === 0 && ignored.length === 0) return null;
  return (
    <div data-testid="understood" className="mb-6 space-y-2 text-[13px] text-soft">
      {corrected.length > 0 && (
        <p>
          Showing results for{' '}
          <strong className="font-medium text-ink">{corrected.map((c) => c.to).join(', ')}</strong>.{' '}
          <button type="button" className="link" onClick={() => onIgnore([...ignored, 'spelling'])}>
            Search instead for {corrected.map((c) => c.from).join(', ')}
          </button>
        </p>
      )}
      {relaxed.length > 0 && (
        <p>Nothing was {relaxed.map(describe).join(' and ')}, so that was left out.</p>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {held.map((term) => (
          <button
            key={`${term.kind}${describe(term)}`}
            type="button"
            aria-label={`Ignore ${describe(term)}`}
            onClick={() => onIgnore([...ignored, kindOf(term)])}
            className={`flex items-center gap-1.5 rounded-full border py-1 pl-3 pr-2 transition hover:border-ink ${
              term.applied === 'preference' ? 'border-dashed border-line' : 'border-line bg-white'
            }`}
          >
            {describe(term)}
            <CloseIcon className="h-3 w-3" />
          </button>
        ))}
        {ignored.length > 0 && (
          <button type="button" className="link" onClick={() => onIgnore([])}>
            Understand everything again
          </button>
        )}
      </div>
    </div>
  );
}
