import { useState } from 'react';
import type { OptionsProps } from '../model/options';

const FOLDED = 8;

/** For a facet of many values: the most frequent ones, a way to find one, and the rest on demand. */
export function OptionList({ options, chosen, onToggle }: OptionsProps) {
  const [find, setFind] = useState('');
  const [open, setOpen] = useState(false);
  const matching = options.filter((o) => o.value.toLowerCase().includes(find.trim().toLowerCase()));
  const shown =
    open || find ? matching : matching.filter((o, i) => i < FOLDED || chosen.includes(o.value));
  return (
    <>
      {options.length > FOLDED && (
        <input
          type="search"
          aria-label="Find a type"
          placeholder="Find a type"
          value={find}
          onChange={(e) => setFind(e.target.value)}
          className="field mb-2.5 text-[13px]"
        />
      )}
      {shown.map(({ value, count }) => (
        <label
          key={value}
          className="flex cursor-pointer items-center gap-2.5 py-[5px] text-[13px]"
        >
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={() => onToggle(value)}
            className="h-[15px] w-[15px] accent-ink"
          />
          <span className="flex-1">{value}</span>
          <span className="text-xs tabular-nums text-soft">{count}</span>
        </label>
      ))}
      {shown.length === 0 && <p className="py-1 text-[13px] text-soft">No such type.</p>}
      {!find && options.length > FOLDED && (
        <button type="button" onClick={() => setOpen(!open)} className="link mt-2 text-[13px]">
          {open ? 'Fewer' : `All ${options.length}`}
        </button>
      )}
    </>
  );
}
