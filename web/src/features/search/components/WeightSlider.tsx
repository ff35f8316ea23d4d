import { useDraft } from '@/lib/useDraft';

interface Props {
  weight: number;
  onChange: (weight: number) => void;
}

export function WeightSlider({ weight, onChange }: Props) {
  const { draft, setDraft } = useDraft(weight, onChange, 200);
  return (
    <label className="mx-auto flex max-w-md items-center gap-4 px-4 pb-3 text-[13px]">
      <span className={draft < 0.5 ? 'text-ink' : 'text-soft'}>Words</span>
      <input
        type="range"
        min={0}
        max={1}
        step={0.05}
        value={draft}
        aria-label="Balance between words and photo"
        aria-valuetext={`${Math.round(draft * 100)} % photo`}
        onChange={(e) => setDraft(Number(e.target.value))}
        className="h-1 flex-1 cursor-pointer rounded-full accent-ink focus-visible:outline-offset-[9px]"
      />
      <span className={draft > 0.5 ? 'text-ink' : 'text-soft'}>Photo</span>
    </label>
  );
}
